/**
 * What the page for cluster administrators says of the commands of each scheduler is what is called there, word for word.
 * Slurm's are compared at the end of a whole run (`test/e2e/admin-page`), these with all that their drivers send.
 */
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { SchedulerDriver } from '#core/ports/scheduler.ts';
import { startEmulator } from '#test/support/emulators/engine.ts';
import { askBoundLine } from '#test/support/far-side/bound-line.ts';
import { gridMember } from '#test/support/far-side/grid-member.ts';
import { type GridCluster, type GridScheduler, startGridCluster } from '#test/support/grid-cluster.ts';
import { type GridEngine, startGridEngine } from '#test/support/grid-engine.ts';
import { giveTrivialNextflow } from '#test/support/road.ts';
import { statedCalls } from '#test/support/stated-calls.ts';
import { gridEngine } from './grid-engine/grid-engine.ts';
import { lsf } from './lsf/lsf.ts';
import { moab } from './moab/moab.ts';
import { pbsPro } from './pbs-pro/pbs-pro.ts';

/** Has each of these programs write down how it is called. @returns what they wrote so far */
const recordCalls = async ({ dir, binDir }: GridCluster<GridScheduler>, programs: readonly string[]) => {
  const [called, real] = [join(dir, 'called'), join(dir, 'real')];
  await writeFile(called, '');
  await chmod(called, 0o666);
  await mkdir(real);
  for (const program of programs) {
    const own = join(binDir, program);
    const emulated = existsSync(own);
    if (emulated) {
      await rm(own);
      await symlink(join(binDir, '.client'), join(real, program));
    }
    const path = emulated ? join(real, program) : `/usr/bin/${program}`;
    await writeFile(own, `#!/bin/sh\necho "${program}\${*:+ $*}" >>${called}\nexec ${path} "$@"\n`, {
      mode: 0o755,
    });
  }
  return async () => (await readFile(called, 'utf8')).trim().split('\n');
};

interface Member {
  cluster: GridCluster<GridScheduler>;
  driver: SchedulerDriver;
  hold: string;
  alice: ReturnType<typeof gridMember>;
}

/** Everything that a driver sends: an account check, runs that end, that are looked for and removed, a status reader. */
const sendAll = async ({ cluster, driver, hold, alice }: Member, forgets: boolean): Promise<void> => {
  await alice.run(driver.probe({ workDir: cluster.workDir }));
  await giveTrivialNextflow(alice.user);
  const launched = alice.input({
    runId: 'Ended0000001',
    config: { preRunScript: 'export PATH="$HOME/bin:$PATH"' },
    launch: { headJobCpus: 2 },
  });
  const ended = await alice.launch(launched);
  await alice.end(ended.jobId);
  await alice.accounts(ended.jobId, '999999');
  // A submission that was begun and cut off before there was a job: it is looked for wherever jobs are remembered.
  await alice.run({ argv: ['touch', join(ended.headDir, '.nf-Never0000001.intent')], timeoutMs: 0 });
  const again = await alice.submit({ ...launched, runId: 'Never0000001' });
  expect(again.kind).toBe(forgets ? 'unknown' : 'submitted');
  const held = await alice.launch(alice.input({ runId: 'Held00000001', config: { headJobOptions: hold } }));
  await alice.run(driver.interrupt(held.jobId));
  await alice.run(driver.remove([held.jobId]));
  await askBoundLine(cluster, driver, gridMember(cluster, driver, 'bob'), [alice.user.name]);
};

const programsOf: Record<string, string[]> = {
  LSF: ['bsub', 'bjobs', 'bhist', 'bkill', 'lsid'],
  'PBS Pro': ['qsub', 'qstat', 'qselect', 'qdel', 'qsig'],
  'Grid Engine': ['qsub', 'qstat', 'qacct', 'qdel', 'qconf'],
  Moab: ['msub', 'showq', 'mjobctl'],
};

const callsUnder = async <Scheduler extends GridScheduler>(
  name: string,
  driver: SchedulerDriver,
  hold: string,
  start: Parameters<typeof startGridCluster<Scheduler>>[0],
  more: (member: Member, scheduler: Scheduler) => Promise<void> = async () => {},
  forgets = false,
): Promise<string[]> => {
  const cluster = await startGridCluster(start);
  try {
    const called = await recordCalls(cluster, programsOf[name] ?? []);
    const member = { cluster, driver, hold, alice: gridMember(cluster, driver, 'alice', { forgets }) };
    await sendAll(member, forgets);
    await more(member, cluster.scheduler);
    return await called();
  } finally {
    await cluster.stop();
  }
};

/** A job whose home is not there when it is to start: Grid Engine keeps it, and is asked why. */
const getStuck = async ({ alice, hold }: Member, scheduler: GridEngine): Promise<void> => {
  const { home } = alice.user;
  const held = await alice.launch(alice.input({ runId: 'Stuck0000001', config: { headJobOptions: hold } }));
  await rename(home, `${home}.away`);
  try {
    await scheduler.run('qrls', held.jobId);
    await expect
      .poll(() => scheduler.run('qstat', '-u', alice.user.name), { timeout: 30_000, interval: 500 })
      .toMatch(/ Eqw /);
  } finally {
    await rename(`${home}.away`, home);
  }
  const stuck = await alice.until(held.jobId, (job) => job.state === 'failed');
  expect(stuck).toMatchObject({ stuck: true, reason: expect.stringContaining(home) });
};

test.each<[string, string, () => Promise<string[]>[]]>([
  [
    'LSF',
    'bsub ',
    () => (['lsf', 'lsf-old'] as const).map((kind) => callsUnder('LSF', lsf, '-H', startEmulator(kind))),
  ],
  [
    'PBS Pro',
    'qsub … -N',
    () =>
      (['pbs', 'pbs-old', 'pbs-forgetful'] as const).map((kind) =>
        callsUnder('PBS Pro', pbsPro, '-h', startEmulator(kind), undefined, kind === 'pbs-forgetful'),
      ),
  ],
  ['Moab', 'msub ', () => [callsUnder('Moab', moab, '-h', startEmulator('moab'))]],
  [
    'Grid Engine',
    'qsub -terse',
    () => [callsUnder('Grid Engine', gridEngine, '-h', startGridEngine, getStuck)],
  ],
])(
  '%s: every call is on the page, and every line of it is called',
  { timeout: 180_000 },
  async (_, first, calls) => {
    const called = (await Promise.all(calls())).flat();
    const stated = await statedCalls(first);
    expect(stated.unstated(called)).toEqual([]);
    expect(stated.uncalled(called)).toEqual([]);
  },
);
