/** The disk of the embedded database runs full. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDisks } from '#test/support/disks.ts';
import { openStore } from '../open.ts';

let disk: string;
let disks: Awaited<ReturnType<typeof openDisks>>;
beforeAll(async () => {
  disks = await openDisks();
  disk = await mkdtemp(join(tmpdir(), 'store-disk-'));
  await disks.small(disk, '2m');
});
afterAll(async () => {
  await disks.close();
  await rm(disk, { recursive: true });
});

test('promise 23: a full disk refuses the change with a sentence and keeps what was there', async () => {
  const store = await openStore({ url: `sqlite:${join(disk, 'latchkey.db')}` });
  await store.settings.set('small', 'x');
  const big = 'y'.repeat(3_000_000);
  const sentence = { status: 503, message: 'The disk of the database is full: make space, then try again' };
  await expect(store.settings.set('big', big)).rejects.toMatchObject(sentence);
  await expect(store.transaction((tables) => tables.settings.set('big', big))).rejects.toMatchObject(
    sentence,
  );
  expect(await store.settings.get('small')).toBe('x');
  expect(await store.settings.get('big')).toBeUndefined();
  await store.settings.set('small', 'z');
  expect(await store.settings.get('small')).toBe('z');
  await store.close();
});
