/** Reading files as it happens on a cluster: real links, real sizes. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { answered, runCommand } from '#test/support/far-side/run-command.ts';
import { checkStream, parseRange, readRange, streamFile } from './log-files.ts';

let dir: string;
let root: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'latchkey-files-'));
  root = join(dir, "it's a run");
  mkdirSync(root);
});
afterEach(() => rmSync(dir, { recursive: true }));

const place = { env: { PATH: '/usr/bin:/bin' } };
const read = async (path: string, offset = 0, maxBytes = 100) =>
  parseRange(
    await runCommand(readRange({ root, allowedRoots: [root], path, offset, maxBytes }), place),
    path,
  );
const string = (bytes: Uint8Array) => Buffer.from(bytes).toString();

test('ranges of any bytes, of a file that grows', async () => {
  writeFileSync(join(root, 'log'), 'latchkey: end\n0123456789');
  expect(await read('log', 14, 4)).toMatchObject({ size: 24, bytes: Buffer.from('0123') });
  expect(string((await read('log', 20)).bytes)).toBe('6789');
  appendFileSync(join(root, 'log'), 'ab');
  expect(await read('log', 24)).toMatchObject({ size: 26, bytes: Buffer.from('ab') });
  expect((await read('log', 1000)).bytes).toHaveLength(0);
  expect(await read('log', 0, 0)).toMatchObject({ size: 26, bytes: Buffer.alloc(0) });
  expect((await read('log')).modifiedAt).toBeGreaterThan(Date.now() - 60_000);
  const bytes = Buffer.from(Array.from({ length: 5000 }, (_, index) => index % 256));
  writeFileSync(join(root, '-binary ü\n'), bytes);
  expect((await read('-binary ü\n', 1, 4000)).bytes).toEqual(bytes.subarray(1, 4001));
});

test('a missing file is told from an empty one', async () => {
  writeFileSync(join(root, 'empty'), '');
  expect(await read('empty')).toMatchObject({ size: 0 });
  await expect(read('missing')).rejects.toMatchObject({ status: 404 });
});

test('nothing outside the run: not by name, not by link, not by neighbour', async () => {
  writeFileSync(join(dir, 'secret'), 'x');
  mkdirSync(`${root}2`);
  writeFileSync(join(`${root}2`, 'other'), 'x');
  symlinkSync(join(dir, 'secret'), join(root, 'link'));
  symlinkSync(dir, join(root, 'up'));
  execFileSync('mkfifo', [join(root, 'pipe')]);
  for (const path of [
    '../secret',
    join(dir, 'secret'),
    'link',
    'up/secret',
    `${root}2/other`,
    '.',
    'pipe',
    '/dev/zero',
    '/etc/passwd',
  ])
    await expect(read(path), path).rejects.toMatchObject({ status: 404, code: 'not_found' });
  // A link within the run is fine, and so is a root that is a link itself.
  writeFileSync(join(root, 'log'), 'hello');
  symlinkSync('log', join(root, 'latest'));
  expect(string((await read('latest')).bytes)).toBe('hello');
  symlinkSync(root, join(dir, 'alias'));
  const aliased = readRange({
    root: join(dir, 'alias'),
    allowedRoots: [join(dir, 'alias')],
    path: 'log',
    offset: 0,
    maxBytes: 9,
  });
  expect(string(parseRange(await runCommand(aliased, place), 'log').bytes)).toBe('hello');
});

test('whole files', async () => {
  const bytes = Buffer.alloc(300_000, 'latchkey\n');
  writeFileSync(join(root, 'big'), bytes);
  const result = await runCommand(streamFile({ root, allowedRoots: [root], path: 'big' }), place);
  expect(Buffer.from(result.stdout)).toEqual(bytes);
  checkStream(result, 'big');
  const none = await runCommand(streamFile({ root, allowedRoots: [root], path: 'none' }), place);
  expect(() => checkStream(none, 'none')).toThrow(/Unknown file: none/);
  expect(() => parseRange(answered('half'), 'x')).toThrow(/could not be read/);
});
