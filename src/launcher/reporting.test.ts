/** How a run reports: over SSH, over HTTP or both, and what the launcher then reads and gives. */
import { expect, test } from 'vitest';
import type { RunNews } from '#core/ports/progress.ts';
import { aRun, fakeWorld } from '#test/support/launcher-world.ts';
import { createFollowStep } from './follow.ts';
import { createRunWriter } from './run-writer.ts';
import { createSubmitStep } from './submit.ts';

const running = () =>
  aRun({ phase: 'follow', status: 'RUNNING', jobState: 'RUNNING', headJobId: '11', headDir: '/w/a' });
const completed = { taskId: 1, status: 'COMPLETED' } as const;
const at = (offset: number): RunNews['mark'] => ({
  log: { inode: '5', offset },
  trace: { inode: '0', offset: 0 },
});

test.each([
  ['ssh', { http: true, reason: null }, 1],
  ['both', { http: true, reason: null }, 1],
  ['http', null, 1],
  ['http', { http: false, reason: 'no plugin' }, 1],
  ['http', { http: true, reason: null }, 0],
] as const)('reporting %s, the launcher found %j: %i reads', async (reporting, found, reads) => {
  const here = fakeWorld();
  const run = running();
  const snapshot = { ...run.snapshot, config: { ...run.snapshot.config, reporting } };
  here.put({ ...run, snapshot });
  here.readings.set(run.id, { mark: at(1), newsAt: 0, statusAt: 0, reporting: found });
  await createFollowStep(here.deps, createRunWriter(here.deps))([here.get()]);
  expect(here.commands.filter(([name]) => name === 'progress')).toHaveLength(reads);
  expect(here.get().messages).toEqual(found?.reason ? [found.reason] : []);
});

test('reporting over HTTP: the files are read in the end, and what got lost on the way is filled up', async () => {
  const http = { http: true, reason: null };
  const here = fakeWorld({
    queue: () => [],
    progress: () => ({ Run000000001: { trace: [completed], mark: at(20) } }),
  });
  const run = running();
  const config = { ...run.snapshot.config, reporting: 'http' as const };
  here.put({ ...run, snapshot: { ...run.snapshot, config } });
  here.readings.set(run.id, { mark: at(1), newsAt: 0, statusAt: 0, reporting: http });
  for (let look = 0; look < 5 && here.get().phase !== 'done'; look += 1) {
    await createFollowStep(here.deps, createRunWriter(here.deps))([here.get()]);
    here.advance(30_000);
  }
  expect(here.get()).toMatchObject({ phase: 'done', status: 'SUCCEEDED' });
  expect(here.tasks()).toEqual({ 1: 'COMPLETED' });
});

test.each([
  [undefined, false],
  ['ssh', false],
  ['http', true],
  ['both', true],
] as const)(
  'reporting %s: the head job gets an address and a token of its own: %s',
  async (reporting, expected) => {
    const here = fakeWorld();
    const run = aRun();
    const config = { ...run.snapshot.config, ...(reporting && { reporting }) };
    here.put({ ...run, snapshot: { ...run.snapshot, config } });
    await createSubmitStep(here.deps, createRunWriter(here.deps))(here.get());
    expect(here.submitted).toMatchObject([
      expected
        ? {
            apiEndpoint: 'https://latchkey.example.org/api',
            secretEnvironment: { LATCHKEY_RUN_TOKEN: 'token of Run000000001' },
          }
        : { apiEndpoint: null, secretEnvironment: {} },
    ]);
  },
);
