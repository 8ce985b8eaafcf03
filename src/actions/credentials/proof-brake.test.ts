import { expect, test } from 'vitest';
import type { ClusterTarget } from '#core/ports/cluster-access.ts';
import { testClock } from '#test/support/api.ts';
import { healthy } from '#test/support/fake-cluster.ts';
import { brakeProofs } from './proof-brake.ts';
import type { Proof, ProofRequest } from './verify-credential.ts';

const minutes = 60_000;

const world = () => {
  const clock = testClock();
  let answer: Proof['kind'] = 'refused';
  let connected = 0;
  const prove = brakeProofs(async ({ target }: ProofRequest) => {
    await target();
    connected += 1;
    return answer === 'proved'
      ? { kind: answer, report: healthy('alice', null), findings: [] }
      : { kind: answer, message: `${answer}.` };
  }, clock);
  const ask = (
    kind: Proof['kind'] = 'refused',
    askedBy = 7,
    hostName = 'hpc1.example',
    clusterKey = 'identity:1',
  ) => {
    answer = kind;
    const target = { clusterKey, hostName, port: 22 } as ClusterTarget;
    return prove({ askedBy, target: async () => target, platform: 'slurm-platform', workDir: null });
  };
  return { clock, ask, connected: () => connected };
};

test('the sixth proof after five refusals is a 429 that says when, without connecting, and is not counted', async () => {
  const { clock, ask, connected } = world();
  for (let count = 0; count < 5; count += 1) {
    expect((await ask()).kind).toBe('refused');
    clock.advance(minutes);
  }
  for (let again = 0; again < 10; again += 1)
    await expect(ask()).rejects.toMatchObject({
      code: 'too_many_requests',
      status: 429,
      message: expect.stringMatching(/hpc1\.example.*try again in 5 min/i),
      details: { retryAfterMs: 5 * minutes },
    });
  expect(connected()).toBe(5);
  clock.advance(5 * minutes);
  expect((await ask()).kind).toBe('refused');
  // Four of the last ten minutes and this one: full again, until the second of the five is old.
  await expect(ask()).rejects.toMatchObject({ details: { retryAfterMs: minutes } });
});

test('a success clears it; what is unproved counts for nothing', async () => {
  const { ask } = world();
  for (let count = 0; count < 4; count += 1) await ask();
  for (let count = 0; count < 4; count += 1) await ask('unproved');
  await ask('proved');
  for (let count = 0; count < 5; count += 1) expect((await ask()).kind).toBe('refused');
  await expect(ask()).rejects.toMatchObject({ status: 429 });
});

test('it holds for one person and one host, under whatever name of a cluster', async () => {
  const { ask } = world();
  for (let count = 0; count < 5; count += 1) await ask('refused', 7, 'hpc1.example', `compute-env:${count}`);
  await expect(ask('refused', 7, 'HPC1.example', 'compute-env:9')).rejects.toMatchObject({ status: 429 });
  expect((await ask('refused', 8)).kind).toBe('refused');
  expect((await ask('refused', 7, 'hpc2.example')).kind).toBe('refused');
});

test('proofs under way count before they have ended: twenty at once are five tries, and none afterwards is lost', async () => {
  const clock = testClock();
  let connected = 0;
  const endings: ((proof: Proof) => void)[] = [];
  const prove = brakeProofs(async ({ target }: ProofRequest) => {
    await target();
    connected += 1;
    return new Promise<Proof>((resolve) => void endings.push(resolve));
  }, clock);
  const target = { clusterKey: 'identity:1', hostName: 'hpc1.example', port: 22 } as ClusterTarget;
  const ask = () =>
    prove({ askedBy: 7, target: async () => target, platform: 'slurm-platform', workDir: null });
  const asked = Array.from({ length: 20 }, () => ask().catch((error: unknown) => error));
  await new Promise((resolve) => setImmediate(resolve));
  expect(connected).toBe(5);
  await expect(ask()).rejects.toMatchObject({
    status: 429,
    message: expect.stringContaining('5 keys are being tried on hpc1.example'),
  });
  // None of the five was refused: the next five may try.
  for (const end of endings.splice(0)) end({ kind: 'unproved', message: 'down' });
  const answers = await Promise.all(asked);
  expect(answers.filter((answer) => (answer as Proof).kind === 'unproved').length).toBe(5);
  expect(answers.filter((answer) => (answer as { status?: number }).status === 429).length).toBe(15);
  const again = ask();
  await new Promise((resolve) => setImmediate(resolve));
  expect(connected).toBe(6);
  for (const end of endings) end({ kind: 'refused', message: 'no' });
  expect((await again).kind).toBe('refused');
});
