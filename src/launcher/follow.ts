/**
 * Reconciler of phase `follow`: for all of a member's runs on a cluster one command that reads their files and, more
 * seldom, one that asks the scheduler. A status command that fails means "unknown": no run ever ends because of it.
 */
import { isAppError } from '#core/errors.ts';
import type { ClusterTarget } from '#core/ports/cluster-access.ts';
import type { Reading } from '#core/ports/progress.ts';
import type { JobStatus, SchedulerDriver } from '#core/ports/scheduler.ts';
import type { Run, RunPatch } from '#core/runs.ts';
import { createCollect } from './collect.ts';
import type { LauncherDeps } from './deps.ts';
import { accountedHeadJobOf, headJobOf } from './head-job.ts';
import { nextLook, nextRead } from './pace.ts';
import { lookAgainDelay, parked, sentence } from './problems.ts';
import { createProgress, freshReading, isReadLive, type Look } from './progress.ts';
import { createQueueView, type QueueView } from './queue-view.ts';
import type { RunWriter, Seen } from './run-writer.ts';
import { hasEnded } from './verdict.ts';

/** After so many failures in a row a person is told; before, it is a hiccup. */
const failuresBeforeMessage = 2;

/** Of runs that another replica follows now, or that are over. */
const mostReadTimes = 5_000;
const forgottenAfterMs = 120_000;

/** When its state last changed, as far as its head job is concerned. */
const changedAt = (run: Run, reading: Reading | undefined): number =>
  Math.max(run.startedAt ?? 0, run.createdAt, reading?.changedAt ?? 0);

const isStatusDue = (run: Run, reading: Reading | undefined, now: number): boolean =>
  now >= nextLook(reading?.statusAt ?? 0, changedAt(run, reading));

/** What a person should know: why it waits, why it does not report as it was told to. */
const messagesOf = (job: JobStatus, reading: Reading, note: string | null): string[] => {
  const said = job.state === 'running' ? reading.reporting?.reason : job.reason;
  const state = said && job.state !== 'running' ? `Waiting in the queue: ${said}` : said;
  return [state, note].flatMap((each) => each || []);
};

const statusPatch = (
  run: Run,
  job: JobStatus,
  reading: Reading,
  note: string | null,
  now: number,
): RunPatch => {
  const running = job.state === 'running';
  return {
    status: running ? 'RUNNING' : 'SUBMITTED',
    jobState: job.nativeState,
    messages: messagesOf(job, reading, note),
    failures: 0,
    ...(running && run.startedAt === null ? { startedAt: now } : {}),
  };
};

const factsPatch = (run: Run, look: Look | undefined): RunPatch => {
  const facts = Object.entries(look?.news.facts ?? {});
  return facts.length > 0 ? { facts: { ...run.facts, ...Object.fromEntries(facts) } } : {};
};

export const createFollowStep = (
  deps: LauncherDeps,
  writer: RunWriter,
  view: QueueView = createQueueView(deps),
) => {
  const collect = createCollect(deps, writer);
  const progress = createProgress(deps);
  /** When the files of each run were last read by this process. */
  const readAt = new Map<string, number>();

  /** A look at the queue is no reason to read files too: many members' together are what a login node notices. */
  const isReadDue = (run: Run, reading: Reading | undefined, now: number): boolean => {
    const at = readAt.get(run.id);
    return at === undefined || now >= nextRead(at, reading?.newsAt ?? at, view.crowdOf(run));
  };

  const noteRead = (runs: readonly Run[], now: number): void => {
    for (const run of runs) readAt.set(run.id, now);
    if (readAt.size > mostReadTimes)
      for (const [id, at] of readAt) if (now - at > forgottenAfterMs) readAt.delete(id);
  };

  /** The files are looked at more often than the queue; what did not fit is read at once. */
  const nextDue = (run: Run, look: Look | undefined, reading: Reading, now: number): number => {
    if (look?.news.more) {
      readAt.delete(run.id);
      return now;
    }
    const status = nextLook(reading.statusAt, changedAt(run, reading));
    if (!isReadLive(run, reading)) return status;
    return Math.min(status, nextRead(readAt.get(run.id) ?? now, reading.newsAt, view.crowdOf(run)));
  };

  const wait = async (run: Run, error: unknown, message = sentence(error)): Promise<void> => {
    const waiting = parked(error);
    if (waiting) {
      await writer.write(run, { messages: [waiting.message], dueAt: deps.clock.now() + waiting.delayMs });
      return;
    }
    const failures = run.failures + 1;
    await writer.write(run, {
      failures,
      ...(failures >= failuresBeforeMessage || isAppError(error, 'credential_refused')
        ? { messages: [message] }
        : {}),
      dueAt: deps.clock.now() + lookAgainDelay(error, failures),
    });
  };

  /** Head jobs that have left the queue: what accounting says of each. */
  const askAccounting = async (
    driver: SchedulerDriver,
    target: ClusterTarget,
    runs: readonly Run[],
  ): Promise<JobStatus[]> => {
    const ids = runs.flatMap((run) => run.headJobId ?? []);
    if (ids.length === 0) return [];
    const since = Math.min(...runs.map((run) => run.createdAt));
    return driver.parseAccounting(
      await deps.clusters.run(target, { ...driver.accounting(ids, since), kind: 'status' }),
    );
  };

  /** What the scheduler says of each run: its head job in the queue, else in accounting, else null. */
  const askScheduler = async (
    driver: SchedulerDriver,
    target: ClusterTarget,
    runs: readonly Run[],
    ending: boolean,
  ) => {
    // What is about to end is asked for by its member, as it is now.
    const since = ending ? deps.clock.now() : Math.max(...runs.map((run) => run.dueAt));
    const { jobs: queue, note } = await view.ask(driver, target, runs, { since, byMember: ending });
    const gone = runs.filter((run) => !headJobOf(run, queue));
    const accounted = await askAccounting(driver, target, gone);
    const jobOf = (run: Run) => headJobOf(run, queue) ?? accountedHeadJobOf(run, accounted);
    return { queue, note, jobOf };
  };

  /** What cannot be kept of one run must not keep the others waiting. */
  const keep = async (seen: readonly Seen[]): Promise<void> => {
    if (seen.length === 0) return;
    try {
      await writer.keep(seen);
    } catch {
      for (const each of seen) await writer.keep([each]).catch((error: unknown) => wait(each.run, error));
    }
  };

  const followAll = async (driver: SchedulerDriver, runs: readonly Run[]): Promise<void> => {
    const [first] = runs;
    if (!first) return;
    const target = await deps.targetFor(first.snapshot, 'follow');
    const readings = await deps.store.readings.of(runs.map((run) => run.id));
    const begun = deps.clock.now();
    const toRead = runs.filter(
      (run) => isReadLive(run, readings.get(run.id)) && isReadDue(run, readings.get(run.id), begun),
    );
    const looks = await progress.look(target, toRead, readings);
    noteRead(
      toRead.filter(({ id }) => looks.has(id)),
      begun,
    );
    const now = deps.clock.now();
    // An exit status that has just been written: the head job is about to leave the queue.
    const ending = [...looks.values()].some(({ news }) => news.ended);
    const asked =
      ending || runs.some((run) => isStatusDue(run, readings.get(run.id), now))
        ? await askScheduler(driver, target, runs, ending)
        : null;
    const seen: Seen[] = [];
    for (const run of runs) {
      const look = looks.get(run.id);
      const reading = look?.reading ?? readings.get(run.id) ?? freshReading(now);
      const job = asked?.jobOf(run);
      if (asked && (!job || hasEnded(job))) {
        readAt.delete(run.id);
        await collect(run, target, job ?? null, asked.queue).catch((error: unknown) => wait(run, error));
        continue;
      }
      const patch = {
        ...factsPatch(run, look),
        ...(asked && job ? statusPatch(run, job, reading, asked.note, now) : {}),
      };
      const changed = job && job.nativeState !== run.jobState;
      const told = job && { ...reading, statusAt: now, ...(changed && { changedAt: now }) };
      const dueAt = nextDue({ ...run, ...patch }, look, told ?? reading, now);
      seen.push({ run, patch: { ...patch, dueAt }, ...(told && { reading: told }) });
    }
    await keep(seen);
  };

  /** @param runs of one member on one cluster */
  return async (runs: readonly Run[]): Promise<void> => {
    const driver = runs[0] && deps.drivers.get(runs[0].snapshot.platform);
    if (!driver) return;
    try {
      await followAll(driver, runs);
    } catch (error) {
      deps.log.warn(
        { runs: runs.length, host: runs[0]?.snapshot.hostName, error: sentence(error) },
        'state of runs is unknown for now',
      );
      if (runs[0] && isAppError(error, 'host_key_changed')) await deps.noteHostKeyChange(runs[0].snapshot);
      for (const run of runs) {
        await wait(
          run,
          error,
          `The state on ${run.snapshot.hostName} is unknown for now: ${sentence(error)}`,
        );
      }
    }
  };
};
