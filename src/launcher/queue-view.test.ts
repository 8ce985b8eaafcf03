/** How few questions following takes, with a status reader and without, and that the reader's word ends nobody's run. */
import { describe, expect, test } from 'vitest';
import type { JobStatus } from '#core/ports/scheduler.ts';
import { following } from '#test/support/following.ts';
import { clusterError } from '#test/support/launcher-world.ts';

const shown = (jobs: readonly JobStatus[], users: readonly string[]) =>
  jobs.filter((job) => users.includes(job.linuxUser ?? ''));
const most = (rounds: readonly Record<string, number>[], what: string) =>
  Math.max(...rounds.map((counts) => counts[what] ?? 0));
const sum = (rounds: readonly Record<string, number>[], what: string) =>
  rounds.reduce((total, counts) => total + (counts[what] ?? 0), 0);

describe('without a status reader', () => {
  test('200 members with 5 runs each: at most one status command a member and interval, over all batches', async () => {
    const house = following({ members: 200, runsEach: 5 });
    await house.start();
    const first = await house.round();
    expect(first['status']).toBe(200);
    const rounds = await house.seconds(64);
    await house.stop();
    expect(most(rounds, 'status')).toBeLessThanOrEqual(200);
    // Intervals of the youngest run of each member: 4 s at first, then 8.
    expect(sum(rounds, 'status')).toBeLessThanOrEqual((200 * 64) / 4);
    expect(sum(rounds, 'status')).toBeGreaterThanOrEqual((200 * 64) / 32);
  });

  test('intervals grow while nothing changes, and begin anew when a job does something else', async () => {
    const house = following({ members: 1, runsEach: 1 });
    await house.start();
    await house.round();
    const quiet = await house.seconds(300);
    expect(sum(quiet.slice(0, 60), 'status')).toBeGreaterThan(sum(quiet.slice(240), 'status'));
    const [id = '', job] = [...house.jobs][0] ?? [];
    if (job) house.jobs.set(id, { ...job, nativeState: 'COMPLETING' });
    const noticed = await house.seconds(32);
    const after = await house.seconds(8);
    await house.stop();
    expect(sum(noticed, 'status')).toBeGreaterThan(0);
    expect(sum(after, 'status')).toBeGreaterThan(1);
  });
});

describe('with a status reader', () => {
  test('200 members with 5 runs each: one question an interval and no status command of any member', async () => {
    const house = following({ members: 200, runsEach: 5, reader: shown });
    await house.start();
    // Runs are leased 256 at a time: until each member has been seen once, a batch may bring new ones.
    const first = await house.round();
    expect(first['reader']).toBeLessThanOrEqual(4);
    const rounds = await house.seconds(64);
    await house.stop();
    expect(most(rounds, 'reader')).toBe(1);
    expect(sum([first, ...rounds], 'status')).toBe(0);
    expect(house.questions.at(-1)).toMatchObject({ ask: 'jobs', linuxUsers: { length: 200 } });
    expect(house.sights).toEqual([[]]);
    expect(house.runs().every((run) => run.status === 'RUNNING' && run.messages.length === 0)).toBe(true);
  });

  test('a job that it shows no more is asked for by its member, and ends with its true state', async () => {
    const house = following({ members: 3, runsEach: 2, reader: shown });
    await house.start();
    await house.round();
    const [gone = ''] = house.jobs.keys();
    house.jobs.delete(gone);
    const rounds = await house.seconds(64);
    await house.stop();
    expect(house.world.get(gone)).toMatchObject({ phase: 'done' });
    expect(house.runs().filter((run) => run.phase === 'done')).toHaveLength(1);
    expect(sum(rounds, 'status')).toBeLessThan(8);
    // That a job is over is no sign of a reader that sees too little.
    expect(house.sights.flat()).toEqual([]);
  });

  test('shown as over: the member’s word counts, and it says that the job lives', async () => {
    const over = (jobs: readonly JobStatus[], users: readonly string[]) =>
      shown(jobs, users).map((job) => ({ ...job, state: 'cancelled' as const, nativeState: 'CANCELLED' }));
    const house = following({ members: 2, runsEach: 2, reader: over });
    await house.start();
    await house.round();
    await house.seconds(16);
    await house.stop();
    expect(house.runs().every((run) => run.phase === 'follow' && run.status === 'RUNNING')).toBe(true);
  });

  test('another user’s job of the same number and name is no proof of life', async () => {
    const forged: JobStatus[] = [];
    const house = following({ members: 1, runsEach: 1, reader: () => forged });
    forged.push(...[...house.jobs.values()].map((job) => ({ ...job, linuxUser: 'mallory' })));
    await house.start();
    await house.round();
    house.jobs.clear();
    await house.seconds(64);
    await house.stop();
    expect(house.runs()[0]).toMatchObject({ phase: 'done' });
  });

  test('one that sees its own jobs alone (PrivateData): noticed, said, and one command a member instead', async () => {
    const house = following({ members: 20, runsEach: 3, reader: () => [] });
    await house.start();
    const first = await house.round();
    expect(first).toMatchObject({ reader: 1, status: 20 });
    const rounds = await house.seconds(64);
    await house.stop();
    expect(sum(rounds, 'reader')).toBe(0);
    expect(most(rounds, 'status')).toBeLessThanOrEqual(20);
    expect(house.sights.at(-1)).toHaveLength(20);
    expect(house.sights.length).toBeLessThanOrEqual(2);
    for (const run of house.runs()) {
      expect(run).toMatchObject({ phase: 'follow', status: 'RUNNING' });
      expect(run.messages).toEqual([expect.stringMatching(/status reader is not shown this run's job/)]);
    }
  });

  test('where it sees some members alone, only the others go by themselves; later it is tried again', async () => {
    const some = (jobs: readonly JobStatus[], users: readonly string[]) =>
      shown(jobs, users).filter((job) => job.linuxUser !== 'user1');
    const house = following({ members: 4, runsEach: 1, reader: some });
    await house.start();
    await house.round();
    await house.seconds(64);
    expect(house.sights.at(-1)).toEqual(['user1']);
    expect(house.questions.at(-1)).toMatchObject({ linuxUsers: ['user0', 'user2', 'user3'] });
    house.setReader(shown);
    await house.seconds(700);
    await house.stop();
    expect(house.sights.at(-1)).toEqual([]);
    expect(house.runs().flatMap((run) => run.messages)).toEqual([]);
  });

  test.each(['channel_lost', 'host_unreachable', 'credential_refused'] as const)(
    'broken (%s): members go on by themselves at once, it is tried less and less, and nothing is lost',
    async (code) => {
      const house = following({
        members: 20,
        runsEach: 2,
        reader: () => {
          throw clusterError(code);
        },
      });
      await house.start();
      const rounds = [await house.round(), ...(await house.seconds(64))];
      expect(rounds[0]).toMatchObject({ reader: 1, status: 20 });
      expect(sum(rounds, 'reader')).toBeLessThan(10);
      expect(house.runs().every((run) => run.phase === 'follow' && run.failures === 0)).toBe(true);
      expect(house.refusals.length > 0).toBe(code === 'credential_refused');
      // Mended, or deleted: both are noticed.
      house.setReader(shown);
      await house.seconds(128);
      expect(sum(await house.seconds(64), 'status')).toBe(0);
      house.setReader(undefined);
      await house.seconds(16);
      expect(sum(await house.seconds(64), 'status')).toBeGreaterThan(0);
      await house.stop();
    },
  );
});
