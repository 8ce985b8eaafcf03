/**
 * Reads a public repository on a Git host: its branches and tags, and single files, without a clone of the rest. Git
 * itself does it, in a directory of its own, without the operator's configuration, credentials, hooks or redirects, and
 * connects to the address that was checked (promise 26).
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError, badRequest } from '#core/errors.ts';
import type { ReadHosted, RepositoryQuery, RepositoryView } from '#core/ports/repositories.ts';

export interface HostedOptions {
  /** Addresses of a host that may be connected to. @throws AppError `host_*` */
  addressesOf(hostName: string): Promise<string[]>;
  /** Authorities to trust beside those of the system, as a PEM file. */
  caFile?: string;
  limitMs?: number;
}

const maxFileBytes = 1024 * 1024;
const maxListBytes = 4 * maxFileBytes;
/** Repositories that are read at one time; more wait their turn. */
const mostAtOnce = 4;

const unreadable = (host: string, why: string): AppError =>
  new AppError('host_unreachable', 502, `The repository on ${host} cannot be read: ${why}`);

const addressOf = (pipeline: string): URL => {
  const address = /^[\w.-]+\/[\w.-]+$/.test(pipeline) ? `https://github.com/${pipeline}` : pipeline;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol !== 'https:' || url.username !== '' || url.password !== '')
    throw badRequest(
      `pipeline: ${pipeline.slice(0, 200)} cannot be read from here; only https addresses without a password, and paths on the cluster, can`,
    );
  return url;
};

interface Git {
  (words: readonly string[], maxBytes?: number): Promise<string>;
}

/** Git in one directory, bound to one address. */
const gitIn = (
  dir: string,
  url: URL,
  address: string,
  { caFile, limitMs }: HostedOptions,
  until: number,
): Git => {
  const port = url.port || '443';
  const literal = address.includes(':') ? `[${address}]` : address;
  const settings = {
    'http.followRedirects': 'false',
    'http.curloptResolve': `${url.hostname.replaceAll(/^\[|\]$/g, '')}:${port}:${literal}`,
    'http.proxy': '',
    'http.lowSpeedLimit': '1000',
    'http.lowSpeedTime': '10',
    'credential.helper': '',
    'protocol.allow': 'never',
    'protocol.https.allow': 'always',
    'core.hooksPath': '/dev/null',
    'gc.auto': '0',
    'maintenance.auto': 'false',
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return (words, maxBytes = maxFileBytes) =>
    new Promise((resolve, reject) => {
      const timeout = Math.min(limitMs ?? 30_000, until - Date.now());
      // No file may grow beyond 64 MB, whatever a host sends.
      const script = 'ulimit -f 131072 && exec git "$@"';
      execFile(
        'sh',
        ['-c', script, 'git', ...options, ...words],
        {
          cwd: dir,
          timeout: Math.max(timeout, 1),
          killSignal: 'SIGKILL',
          maxBuffer: maxBytes,
          env: {
            PATH: process.env['PATH'] ?? '/usr/bin:/bin',
            HOME: dir,
            LC_ALL: 'C',
            GIT_CONFIG_NOSYSTEM: '1',
            GIT_TERMINAL_PROMPT: '0',
            GIT_ASKPASS: '/bin/false',
            ...(caFile !== undefined && { GIT_SSL_CAINFO: caFile }),
          },
        },
        (error, stdout, stderr) => {
          if (error) reject(Object.assign(error, { said: stderr }));
          else resolve(stdout);
        },
      );
    });
};

const reasonOf = (error: unknown): string => {
  const { killed, code, said = '' } = error as { killed?: boolean; code?: unknown; said?: string };
  if (killed) return 'it takes too long';
  if (code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') return 'it is too large';
  // Its sentences hold the address too, where such numbers may be a port.
  if (/could not read Username|Authentication failed|returned error: 40[13]/.test(said))
    return 'it does not exist, or is not public';
  if (/unable to update url base from redirection|returned error: 30[1278]/.test(said))
    return 'its address leads elsewhere; give the address that it leads to';
  if (/not found|returned error: 404/.test(said)) return 'it does not exist, or is not public';
  return 'it does not answer as a Git repository';
};

interface Heads {
  /** Full name of a reference → commit. */
  refs: Map<string, string>;
  defaultRevision: string | null;
}

const parseHeads = (text: string): Heads => {
  const refs = new Map<string, string>();
  let defaultRevision: string | null = null;
  for (const line of text.split('\n')) {
    const [what = '', name = ''] = line.split('\t');
    const head = /^ref: refs\/heads\/(.+)$/.exec(what)?.[1];
    if (head !== undefined && name === 'HEAD') defaultRevision = head;
    else if (/^[0-9a-f]{40,64}$/.test(what)) refs.set(name, what);
  }
  return { refs, defaultRevision };
};

const commitOf = ({ refs }: Heads, revision: string | undefined): string | undefined => {
  if (revision === undefined) return refs.get('HEAD');
  const named = ['refs/heads/', 'refs/tags/'].flatMap((kind) => [
    refs.get(`${kind}${revision}^{}`),
    refs.get(`${kind}${revision}`),
  ]);
  return (
    named.find((found) => found !== undefined) ?? (/^[0-9a-f]{40}$/.test(revision) ? revision : undefined)
  );
};

const readFiles = async (git: Git, url: URL, commit: string, files: readonly string[]) => {
  const found: Record<string, string> = {};
  if (files.length === 0) return found;
  await git(['init', '--quiet', '--bare', '.']);
  await git(['remote', 'add', 'origin', url.href]);
  for (const [name, value] of [
    ['remote.origin.promisor', 'true'],
    ['remote.origin.partialclonefilter', 'blob:none'],
  ] as const)
    await git(['config', name, value]);
  await git(['fetch', '--quiet', '--depth=1', '--filter=blob:none', '--no-tags', 'origin', commit]);
  const there = new Set(
    (await git(['ls-tree', '-r', '--name-only', '-z', commit], maxListBytes)).split('\0'),
  );
  for (const file of files)
    if (there.has(file)) found[file] = await git(['cat-file', 'blob', `${commit}:${file}`]);
  return found;
};

export const createReadHosted = (options: HostedOptions): ReadHosted => {
  let busy = 0;
  const waiting: (() => void)[] = [];
  const inTurn = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    if (waiting.length >= 50)
      throw new AppError(
        'too_many_requests',
        429,
        'Many repositories are being read: try again in a moment',
        {
          details: { retryAfterMs: 5_000 },
        },
      );
    if (busy >= mostAtOnce) await new Promise<void>((resolve) => waiting.push(resolve));
    busy += 1;
    try {
      return await work();
    } finally {
      busy -= 1;
      waiting.shift()?.();
    }
  };

  const read = async (query: RepositoryQuery, url: URL): Promise<RepositoryView> => {
    const [address] = await options.addressesOf(url.hostname.replaceAll(/^\[|\]$/g, ''));
    if (address === undefined) throw unreadable(url.host, 'it has no address');
    const dir = await mkdtemp(join(tmpdir(), 'latchkey-git-'));
    try {
      const git = gitIn(dir, url, address, options, Date.now() + (options.limitMs ?? 30_000));
      const heads = parseHeads(await git(['ls-remote', '--symref', '--', url.href], maxListBytes));
      const commit = commitOf(heads, query.revision);
      if (commit === undefined)
        throw badRequest(
          `revision: ${query.revision ?? 'HEAD'} is no branch, tag or full commit of ${url.href}`,
          {
            field: 'revision',
          },
        );
      const names = [...heads.refs.keys()].flatMap(
        (name) => /^refs\/(?:heads|tags)\/(.+?)(?:\^\{\})?$/.exec(name)?.[1] ?? [],
      );
      return {
        files: await readFiles(git, url, commit, query.files),
        commitId: commit,
        revisions: [...new Set(names)],
        defaultRevision: heads.defaultRevision,
      };
    } catch (error) {
      if (error instanceof AppError) throw error;
      throw unreadable(url.host, reasonOf(error));
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  };

  return async (query) => {
    const url = addressOf(query.pipeline);
    return inTurn(() => read(query, url));
  };
};
