/** What only the embedded database has: a file, its mode, what lies in it; one writer, other processes. */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openStore } from '../open.ts';

let dir: string;
let path: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'store-'));
  path = join(dir, 'deep', 'latchkey.db');
});
afterEach(() => rm(dir, { recursive: true }));

const open = () => openStore({ url: `sqlite:${path}` });
const place = { organisationId: 1, table: 't', record: 'r', field: 'key', owner: 'user 1', version: 1 };
const marked = (mark: string) => ({
  rootKeyId: 'r',
  wrappedKey: `wrapped-${mark}`,
  ciphertext: mark.repeat(2_000),
});
const files = () => readdirSync(join(dir, 'deep')).map((name) => join(dir, 'deep', name));
const somewhere = (mark: string) => files().filter((file) => readFileSync(file).includes(mark));

test('only the owner may read the file, its log and its directory', async () => {
  const store = await open();
  await store.settings.set('a', 'b');
  expect(files()).toHaveLength(3);
  for (const file of files()) expect(statSync(file).mode & 0o777, file).toBe(0o600);
  expect(statSync(join(dir, 'deep')).mode & 0o777).toBe(0o700);
  await store.close();
});

test('promise 8: a destroyed or replaced value leaves no byte in the file or its log', async () => {
  const store = await open();
  await store.sealedValues.put(place, marked('FIRST-'));
  await store.sealedValues.put({ ...place, record: 'kept' }, marked('KEPT-'));
  expect(somewhere('FIRST-')).not.toEqual([]);
  await store.sealedValues.put({ ...place, version: 2 }, marked('SECOND-'));
  await sleep(1_500);
  expect(somewhere('FIRST-')).toEqual([]);
  expect(somewhere('SECOND-')).not.toEqual([]);
  await store.transaction((tables) => tables.sealedValues.destroy('t', 'r'));
  await sleep(1_500);
  expect(somewhere('SECOND-')).toEqual([]);
  expect(somewhere('KEPT-')).not.toEqual([]);
  await store.close();
});

test('what was answered is in the file, whatever happens to the process', async () => {
  const script = `
    import { openStore } from '${new URL('../open.ts', import.meta.url).pathname}';
    const store = await openStore({ url: 'sqlite:${path}' });
    await store.transaction((tables) => tables.settings.set('kept', 'yes'));
    store.transaction(async (tables) => {
      await tables.settings.set('open', 'yes');
      process.stdout.write('answered');
      await new Promise((resolve) => setTimeout(resolve, 60_000));
    });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  child.kill('SIGKILL');
  await new Promise((resolve) => child.once('exit', resolve));
  const store = await open();
  expect(await store.settings.get('kept')).toBe('yes');
  expect(await store.settings.get('open')).toBeUndefined();
  await store.close();
});

test('a change waits for another process that writes, without holding up this one', async () => {
  const store = await open();
  const other = new DatabaseSync(path);
  other.exec('begin immediate');
  let ticks = 0;
  const ticking = setInterval(() => {
    ticks += 1;
  }, 10);
  const change = store.settings.set('a', 'b');
  await sleep(300);
  expect(await store.settings.get('a')).toBeUndefined();
  expect(ticks).toBeGreaterThan(5);
  clearInterval(ticking);
  other.exec('commit');
  await change;
  expect(await store.settings.get('a')).toBe('b');
  other.close();
  await store.close();
});

test('another process that never ends its change is an outage (503) after five seconds', async () => {
  const store = await open();
  const other = new DatabaseSync(path);
  other.exec('begin immediate');
  const outage = { code: 'unavailable', message: 'The database is locked by another process: try again' };
  await Promise.all([
    expect(store.settings.set('a', 'b')).rejects.toMatchObject(outage),
    expect(store.transaction((tables) => tables.settings.set('a', 'b'))).rejects.toMatchObject({
      status: 503,
    }),
  ]);
  other.close();
  await store.settings.set('a', 'c');
  expect(await store.settings.get('a')).toBe('c');
  await store.close();
}, 30_000);

test('an address or a file that cannot be used is refused with a sentence', async () => {
  await expect(openStore({ url: 'mysql://x' })).rejects.toMatchObject({ code: 'bad_request' });
  await expect(openStore({ url: 'sqlite::memory:' })).rejects.toMatchObject({ code: 'bad_request' });
  await expect(openStore({ url: `sqlite:${dir}` })).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining(`Cannot open the database ${dir}`),
  });
  expect(existsSync(path)).toBe(false);
});

test('a database of a newer version is left alone', async () => {
  await (await open()).close();
  const file = new DatabaseSync(path);
  file.exec(`insert into kysely_migration values ('0002-later', '2100-01-01T00:00:00.000Z')`);
  file.close();
  await expect(open()).rejects.toThrow('newer version of Latchkey');
});
