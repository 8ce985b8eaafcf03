/** Many members' runs under a launcher, with a clock and a far side in memory: every command that leaves is counted. */
import { setImmediate as turn } from 'node:timers/promises';
import type { ReaderQuestion, RemoteResult } from '#core/ports/cluster-access.ts';
import type { JobStatus } from '#core/ports/scheduler.ts';
import type { Run } from '#core/runs.ts';
import { createLauncher } from '#launcher/loop.ts';
import { aJob, aRun, fakeWorld } from './launcher-world.ts';

export interface FollowingOptions {
  members: number;
  runsEach: number;
  /** Each run under a key of its own: what one command for each run would be. */
  apart?: boolean;
  /** Nextflow's files are read too. */
  reads?: boolean;
  /** What the status reader answers, of the jobs there are; absent: there is no reader. */
  reader?: (jobs: readonly JobStatus[], users: readonly string[]) => JobStatus[];
}

const answer = (value: unknown): RemoteResult => ({
  exitCode: 0,
  stdout: Buffer.from(JSON.stringify(value)),
  stderr: Buffer.alloc(0),
  timedOut: false,
  truncated: false,
});

export const following = ({ members, runsEach, apart, reads, reader }: FollowingOptions) => {
  const world = fakeWorld();
  const jobs = new Map<string, JobStatus>();
  const runs = new Map<string, Run>();
  const sights: string[][] = [];
  const refusals: string[] = [];
  const questions: ReaderQuestion[] = [];
  let counts: Record<string, number> = {};
  let active = reader;
  const count = (what: string): void => {
    counts[what] = (counts[what] ?? 0) + 1;
  };

  for (let member = 0; member < members; member += 1)
    for (let nth = 0; nth < runsEach; nth += 1) {
      const id = `R${String(member).padStart(5, '0')}x${String(nth).padStart(5, '0')}`;
      const linuxUser = apart ? `user${member}x${nth}` : `user${member}`;
      const base = aRun();
      const snapshot = {
        ...base.snapshot,
        credential: { kind: 'managed', id: apart ? runs.size + 1 : member + 1 } as const,
        linuxUser,
      };
      const jobId = String(1_000 + runs.size);
      runs.set(id, {
        ...base,
        id,
        snapshot,
        phase: 'follow',
        status: 'RUNNING',
        jobState: 'RUNNING',
        headJobId: jobId,
        headDir: reads ? `/w/${id}` : null,
        // Of every age: each has an interval of its own.
        createdAt: world.now() - (nth + 1) * 40_000,
        startedAt: world.now() - (nth + 1) * 40_000,
        dueAt: world.now(),
      });
      jobs.set(id, aJob({ jobId, jobName: `nf-${id}`, linuxUser }));
    }
  for (const run of runs.values()) world.put(run);

  const held = new Set<string>();
  const all = (): Run[] => [...runs.keys()].map((id) => world.get(id));
  const target = world.deps.targetFor;
  world.deps.targetFor = async (snapshot) => ({
    ...(await target(snapshot, 'follow')),
    credentialKey: `managed:${snapshot.credential.id}@1`,
    userName: snapshot.linuxUser,
  });
  Object.assign(world.deps.store.runs, {
    leaseDue: async ({ now, limit }: { now: number; limit: number }) => {
      const due = all()
        .filter((run) => run.phase !== 'done' && run.dueAt <= now && !held.has(run.id))
        .sort((a, b) => a.dueAt - b.dueAt)
        .slice(0, limit);
      for (const run of due) held.add(run.id);
      return due;
    },
    release: async (_owner: string, ids: readonly string[]) => {
      for (const id of ids) held.delete(id);
    },
    releaseAll: async () => held.clear(),
  });
  const plain = world.deps.clusters.run;
  world.deps.clusters = {
    submissionTurn: () => undefined,
    run: async (to, command) => {
      count(String(command.argv[0]));
      if (command.argv[0] !== 'status') return plain(to, command);
      return answer([...jobs.values()].filter((job) => job.linuxUser === command.argv[1]));
    },
    askReader: async (_to, question) => {
      count('reader');
      questions.push(question);
      const users = question.ask === 'jobs' ? question.linuxUsers : [];
      return answer(active?.([...jobs.values()], users) ?? []);
    },
  };
  world.deps.readers = {
    find: async () =>
      active
        ? {
            identityId: 1,
            keyVersion: 1,
            hiddenUsers: [],
            target: {
              ...(await target(aRun().snapshot, 'follow')),
              userName: 'reader',
              readerCommand: 'reader',
            },
          }
        : null,
    noteSight: async (_reader, { hiddenUsers }) => void sights.push([...hiddenUsers]),
    noteRefused: async (_reader, message) => void refusals.push(message),
  };

  const launcher = createLauncher(world.deps, { owner: 'test', tickMs: 3_600_000 });
  const settled = (): boolean =>
    held.size === 0 && all().every((run) => run.phase === 'done' || run.dueAt > world.now());

  return {
    world,
    jobs,
    runs: all,
    sights,
    refusals,
    questions,
    setReader: (next: FollowingOptions['reader']) => {
      active = next;
    },
    start: () => launcher.start(),
    stop: () => launcher.stop(),
    /** Everything that is due now is done. @returns how many commands of each kind that took */
    round: async (): Promise<Record<string, number>> => {
      counts = {};
      while (!settled()) {
        launcher.wake();
        await turn();
      }
      return counts;
    },
    /** Second by second. @returns commands of each kind in each second */
    seconds: async function (this: { round(): Promise<Record<string, number>> }, howMany: number) {
      const seen: Record<string, number>[] = [];
      for (let second = 0; second < howMany; second += 1) {
        world.advance(1_000);
        seen.push(await this.round());
      }
      return seen;
    },
  };
};
