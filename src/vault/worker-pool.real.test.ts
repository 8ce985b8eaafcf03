/** Keys are opened beside the event loop, within limits, and the threads do not outlive their use. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { isAppError } from '#core/errors.ts';
import { contentOfFile, createKeyMaker } from './key-formats/make-keys.ts';
import { createKeyOpener, type KeyOpener, type WorkerPoolOptions } from './worker-pool.ts';

const make = createKeyMaker();
afterAll(() => make.remove());

const openers: KeyOpener[] = [];
const opener = (options?: WorkerPoolOptions): KeyOpener => {
  const made = createKeyOpener(options);
  openers.push(made);
  return made;
};
afterEach(async () => {
  await Promise.all(openers.splice(0).map((each) => each.close()));
});

const quick = contentOfFile(make.sshKeygen('-t', 'ed25519'));
const slow = contentOfFile(make.sshKeygen('-t', 'ed25519', '-N', 'secret words', '-a', '100'));

const endless = contentOfFile(make.sshKeygen('-t', 'ed25519', '-N', 'secret words', '-a', '600'));

/** Threads of this process, as the kernel counts them: Node does not list idle workers. */
const threads = (): number => readdirSync('/proc/self/task').length;

test('while a key with 100 rounds of bcrypt is opened, no 50 ms of work hold up a 10 ms timer', async () => {
  const { open } = opener();
  await open(quick); // starting the thread is not what is measured
  // This thread's processor time between two ticks, not the clock: a machine busy with other things delays any timer.
  const ticks: number[] = [];
  let last = process.threadCpuUsage();
  const timer = setInterval(() => {
    const now = process.threadCpuUsage();
    ticks.push((now.user + now.system - last.user - last.system) / 1000);
    last = now;
  }, 10);
  const before = performance.now();
  await open(slow, 'secret words');
  clearInterval(timer);
  expect(performance.now() - before).toBeGreaterThan(300);
  expect(ticks.length).toBeGreaterThan(20);
  expect(Math.max(...ticks)).toBeLessThan(50);
});

test('refusals come through as they are, and the thread goes on', async () => {
  const { open } = opener({ size: 1 });
  for (const [pasted, field] of [
    ['~/.ssh/id_rsa', 'privateKey'],
    [slow, 'passphrase'],
  ] as const)
    await expect(open(pasted)).rejects.toSatisfy(
      (error) =>
        isAppError(error, 'key_unusable') && error.status === 400 && error.details['field'] === field,
    );
  await expect(open('x'.repeat(70_000))).rejects.toThrow(/far too long/);
  await expect(open(quick, 'x'.repeat(2000))).rejects.toThrow(/passphrase is too long/);
  expect((await open(quick)).facts.type).toBe('ssh-ed25519');
});

describe('limits', () => {
  test('a key that takes too long is given up, and the next one opens', async () => {
    const { open } = opener({ size: 1, timeoutMs: 1000 });
    const late = open(endless, 'secret words');
    const next = open(quick);
    await expect(late).rejects.toThrow(/too much time or memory/);
    expect((await next).facts.bits).toBe(256);
  });

  test('too many waiting are refused at once, the others are all answered', async () => {
    const { open } = opener({ size: 1, maxWaiting: 3 });
    const all = await Promise.allSettled(Array.from({ length: 6 }, () => open(quick)));
    expect(all.map((each) => each.status)).toEqual([
      'fulfilled',
      'fulfilled',
      'fulfilled',
      'fulfilled',
      'rejected',
      'rejected',
    ]);
  });

  test('many at once share two threads', async () => {
    const { open } = opener();
    const keys = await Promise.all(Array.from({ length: 20 }, () => open(quick)));
    expect(new Set(keys.map((key) => key.facts.fingerprint)).size).toBe(1);
    expect(new Set(keys.map((key) => key.pkcs8.buffer)).size).toBe(20);
  });
});

test('an idle thread ends by itself, and the next key starts another', async () => {
  const { open } = opener({ idleMs: 200 });
  await open(quick); // the process's shared thread pool has grown by now
  await sleep(1000);
  const without = threads();
  expect((await open(quick)).facts.bits).toBe(256);
  expect(threads()).toBe(without + 1);
  await sleep(1000);
  expect(threads()).toBe(without);
});

test('closing answers those that run and those that wait', async () => {
  const { open, close } = opener({ size: 1 });
  const all = Promise.allSettled([open(slow, 'secret words'), open(quick), open(quick)]);
  await sleep(100);
  await close();
  for (const each of await all)
    expect(each).toMatchObject({ status: 'rejected', reason: { code: 'unavailable' } });
  await expect(open(quick)).rejects.toThrow(/shutting down/);
});

test('plain Node runs the worker file as it is, and an idle thread keeps no process alive', async () => {
  const program = `
    import { createKeyOpener } from '#vault/worker-pool.ts';
    import { readFileSync } from 'node:fs';
    const { facts } = await createKeyOpener({ idleMs: 600_000 }).open(readFileSync(0, 'utf8'));
    process.stdout.write(facts.type);
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { cwd: import.meta.dirname });
  child.stdin.end(quick);
  const [said, complained, [status]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  expect([said, complained, status]).toEqual(['ssh-ed25519', '', 0]);
});
