/** Each thing that `latchkey doctor` looks at, broken by itself: exit status 1 and the cure. */
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openDisks } from '#test/support/disks.ts';
import { doctor } from './doctor.ts';

const path = process.env['PATH'] ?? '';
let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'latchkey-doctor-'));
});
afterEach(async () => {
  process.env['PATH'] = path;
  vi.useRealTimers();
  await rm(dir, { recursive: true });
});

const ask = async (dataDir = join(dir, 'data')): Promise<[status: number, said: string]> => {
  const said: string[] = [];
  const status = await doctor({ LATCHKEY_DATA: dataDir }, (text) => said.push(text));
  return [status, said.join('\n')];
};

test('a machine on which nothing is wrong; what the first start makes is not missed', async () => {
  const [status, said] = await ask();
  expect([status, said]).toEqual([0, expect.not.stringContaining('WRONG')]);
  for (const part of ['database', 'ssh', 'clock', 'disk'])
    expect(said).toMatch(new RegExp(`^ok +${part}: `, 'm'));
});

test('no ssh, and one that is too old', async () => {
  process.env['PATH'] = dir;
  expect(await ask()).toEqual([1, expect.stringMatching(/WRONG +ssh: There is no ssh .*apt-get install/)]);
  const fake = async (version: string) => {
    await writeFile(join(dir, 'ssh'), `#!/bin/sh\necho "OpenSSH_${version}, OpenSSL 3.0" >&2\n`);
    await chmod(join(dir, 'ssh'), 0o755);
  };
  await fake('8.8p1');
  expect(await ask()).toEqual([1, expect.stringMatching(/WRONG +ssh: OpenSSH_8.8.* 8.9 or newer.*Install/)]);
  await fake('8.9p1');
  expect((await ask())[0]).toBe(0);
});

test('a clock that was never set', async () => {
  vi.useFakeTimers({ now: new Date('1970-01-02T00:00:00Z'), toFake: ['Date'] });
  expect(await ask()).toEqual([1, expect.stringMatching(/WRONG +clock: .*timedatectl set-ntp true/)]);
});

test('a database that does not open', async () => {
  const dataDir = join(dir, 'data');
  await mkdir(dataDir);
  await writeFile(join(dataDir, 'latchkey.db'), 'no database'.repeat(100));
  expect(await ask(dataDir)).toEqual([1, expect.stringMatching(/WRONG +database and root key: \S/)]);
});

test.runIf(process.getuid?.() === 0)('a disk that is almost full', async () => {
  const disks = await openDisks();
  try {
    const small = join(dir, 'small');
    await disks.small(small, '8m');
    expect(await ask(small)).toEqual([
      1,
      expect.stringMatching(/WRONG +disk: Only \d MB free.*LATCHKEY_DATA/),
    ]);
  } finally {
    await disks.close();
  }
});
