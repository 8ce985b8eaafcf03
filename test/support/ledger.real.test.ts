/** A test run that dies must leave nothing on the machine: shown by killing one. */
import { execFile, spawn } from 'node:child_process';
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { quotasHere } from './disks.ts';

const program = `
import { createDisks, quotasHere } from '${join(import.meta.dirname, 'disks.ts')}';
import { createLinuxUser } from '${join(import.meta.dirname, 'linux-users.ts')}';
import { openLedger } from '${join(import.meta.dirname, 'ledger.ts')}';
const ledger = await openLedger('dies');
const user = await createLinuxUser({ label: 'dies' });
await ledger.note('user', user.name);
const daemon = await ledger.daemon('sleeper', { command: ['sleep', '1000'], ready: async () => true });
const disks = createDisks(ledger);
await disks.small(ledger.dir + '/small', '1m');
await disks.readOnly(user.home);
if (await quotasHere()) await disks.quota(ledger.dir + '/quota', 1 << 20);
console.log(JSON.stringify({ dir: ledger.dir, user: user.name, pid: daemon.pid }));
setInterval(() => {}, 1000);
`;

const gone = async (what: () => Promise<unknown>): Promise<boolean> => {
  for (let round = 0; round < 100; round += 1) {
    const there = await what().then(
      () => true,
      () => false,
    );
    if (!there) return true;
    await sleep(100);
  }
  return false;
};

test.each(['SIGKILL', 'SIGINT'] as const)('what a run brought up goes when it ends by %s', async (signal) => {
  const run = spawn(process.execPath, ['--input-type=module-typescript', '-e', program], { stdio: 'pipe' });
  let said = '';
  let complaint = '';
  run.stderr.on('data', (chunk) => (complaint += String(chunk)));
  for await (const chunk of run.stdout) {
    said += String(chunk);
    if (said.includes('\n')) break;
  }
  expect(said, complaint).toContain('pid');
  const { dir, user, pid } = JSON.parse(said) as { dir: string; user: string; pid: number };
  await access(dir);
  await promisify(execFile)('id', [user]);
  const mounts = async () =>
    (await readFile('/proc/self/mounts', 'utf8'))
      .split('\n')
      .filter((line) => line.includes(dir) || line.includes(user));
  const loops = async () => (await promisify(execFile)('losetup', ['-a'])).stdout.includes(dir);
  expect([(await mounts()).length, await loops()]).toEqual((await quotasHere()) ? [4, true] : [2, false]);

  run.kill(signal);
  expect(await gone(() => promisify(execFile)('id', [user]))).toBe(true);
  expect(await gone(() => access(`/home/${user}`))).toBe(true);
  expect(await gone(() => access(dir))).toBe(true);
  expect(await mounts()).toEqual([]);
  expect(await loops()).toBe(false);
  // Dead, or a zombie that nobody has collected.
  const { stdout } = await promisify(execFile)('sh', ['-c', `cat /proc/${pid}/cmdline 2>/dev/null || :`]);
  expect(stdout).toBe('');
});
