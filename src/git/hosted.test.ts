/** Reading a repository from a Git host: a real one, by https, on this machine. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AppError } from '#core/errors.ts';
import { createReadHosted } from './hosted.ts';

let dir: string;
let server: Server;
let base: string;
const asked: string[] = [];

const git = (at: string, ...words: string[]) =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', '-C', at, ...words], {
    encoding: 'utf8',
  }).trim();

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'hosted-'));
  const at = join(dir, 'repos', 'hello');
  mkdirSync(at, { recursive: true });
  git(at, 'init', '--quiet', '-b', 'main');
  git(at, 'config', 'http.receivepack', 'false');
  git(at, 'config', 'uploadpack.allowFilter', 'true');
  git(at, 'config', 'uploadpack.allowAnySHA1InWant', 'true');
  writeFileSync(join(at, 'nextflow_schema.json'), '{"version": 1}');
  writeFileSync(join(at, 'main.nf'), 'workflow {}');
  git(at, 'add', '.');
  git(at, 'commit', '--quiet', '-m', 'one');
  git(at, 'tag', '-a', 'v1', '-m', 'v1');
  writeFileSync(join(at, 'nextflow_schema.json'), '{"version": 2, "name": "ü"}');
  git(at, 'commit', '--quiet', '-am', 'two');
  git(at, 'branch', 'dev');
  const config = '[req]\ndistinguished_name=d\nx509_extensions=e\n[d]\n[e]\nsubjectAltName=DNS:git.test\n';
  writeFileSync(join(dir, 'ssl.cnf'), config);
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      'key.pem',
      '-out',
      'cert.pem',
      '-days',
      '2',
      '-subj',
      '/CN=git.test',
      '-config',
      'ssl.cnf',
    ],
    { cwd: dir, stdio: 'ignore' },
  );
  const tls = { key: readFileSync(join(dir, 'key.pem')), cert: readFileSync(join(dir, 'cert.pem')) };
  server = createServer(tls, (request, response) => {
    const url = new URL(request.url ?? '/', 'https://git.test');
    asked.push(url.pathname);
    if (url.pathname.startsWith('/moved')) {
      response.writeHead(301, { location: `${base}/hello/info/refs?service=git-upload-pack` }).end();
      return;
    }
    if (url.pathname.startsWith('/silent')) return;
    const backend = spawn('git', ['http-backend'], {
      env: {
        PATH: process.env['PATH'],
        GIT_PROJECT_ROOT: join(dir, 'repos'),
        GIT_HTTP_EXPORT_ALL: '1',
        PATH_INFO: url.pathname,
        QUERY_STRING: url.search.slice(1),
        REQUEST_METHOD: request.method,
        CONTENT_TYPE: request.headers['content-type'] ?? '',
        ...(request.headers['git-protocol'] && { GIT_PROTOCOL: String(request.headers['git-protocol']) }),
        ...(request.headers['content-encoding'] && {
          HTTP_CONTENT_ENCODING: request.headers['content-encoding'],
        }),
        ...(request.headers['content-length'] && { CONTENT_LENGTH: request.headers['content-length'] }),
      },
    });
    request.pipe(backend.stdin);
    const chunks: Buffer[] = [];
    backend.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    backend.on('close', () => {
      const all = Buffer.concat(chunks);
      const end = all.indexOf('\r\n\r\n');
      const headers = Object.fromEntries(
        all
          .subarray(0, end)
          .toString()
          .split('\r\n')
          .map((line) => line.split(': ', 2)),
      ) as Record<string, string>;
      const status = Number(headers['Status']?.slice(0, 3) ?? 200);
      delete headers['Status'];
      response.writeHead(status, headers).end(all.subarray(end + 4));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `https://git.test:${(server.address() as AddressInfo).port}`;
}, 60_000);

afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(dir, { recursive: true });
});

const reader = (more: object = {}) =>
  createReadHosted({ addressesOf: async () => ['127.0.0.1'], caFile: join(dir, 'cert.pem'), ...more });
const files = ['nextflow_schema.json', 'nothing.json'];

describe('a repository on a Git host', { timeout: 60_000 }, () => {
  test('gives revisions, commit and the files asked for, of the revision asked for', async () => {
    const read = reader();
    const main = await read({ pipeline: `${base}/hello`, files });
    expect(main).toMatchObject({
      files: { 'nextflow_schema.json': '{"version": 2, "name": "ü"}' },
      commitId: expect.stringMatching(/^[0-9a-f]{40}$/),
      defaultRevision: 'main',
    });
    expect(main.revisions.toSorted()).toEqual(['dev', 'main', 'v1']);
    const tagged = await read({ pipeline: `${base}/hello`, revision: 'v1', files });
    expect(tagged.files).toEqual({ 'nextflow_schema.json': '{"version": 1}' });
    const pinned = await read({ pipeline: `${base}/hello`, revision: tagged.commitId ?? '', files });
    expect(pinned.files).toEqual(tagged.files);
    expect((await read({ pipeline: `${base}/hello`, files: [] })).files).toEqual({});
    await expect(read({ pipeline: `${base}/hello`, revision: 'nope', files })).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining('revision: nope is no branch, tag or full commit'),
    });
  });

  test('promise 26: connects where it was checked and nowhere else, by https alone, without redirects', async () => {
    const refused = (pipeline: string, more: object = {}) =>
      reader(more)({ pipeline, files }).then(
        () => 'read',
        (error: unknown) => (error instanceof AppError ? `${error.status} ${error.message}` : String(error)),
      );
    // The name is looked up once, by the check: git.test is in no directory of names.
    const elsewhere = async () => {
      throw new AppError('host_address_refused', 400, 'no cluster is expected there');
    };
    const before = asked.length;
    expect(await refused(`${base}/hello`, { addressesOf: elsewhere })).toBe(
      '400 no cluster is expected there',
    );
    for (const pipeline of [
      base.replace('https', 'http'),
      base.replace('https://', 'https://user:secret@'),
      'git@git.test:hello.git',
      'ssh://git.test/hello',
      'ext::sh -c id',
      'file:///etc',
    ])
      expect(await refused(pipeline), pipeline).toMatch(/^400 pipeline: .* cannot be read from here/);
    expect(asked.length).toBe(before);
    expect(await refused(`${base}/moved`)).toMatch(/its address leads elsewhere/);
    for (const missing of ['missing', 'redirects-301', 'of-401'])
      expect(await refused(`${base}/${missing}`)).toMatch(
        /^502 The repository on .* cannot be read: it does not exist/,
      );
    expect(await refused(`${base}/silent`, { limitMs: 1_500 })).toMatch(/cannot be read: it takes too long/);
  });
});
