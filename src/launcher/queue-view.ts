/**
 * What schedulers say of jobs, asked as seldom as can be: one question for each member and interval, or, where a cluster
 * has a status reader, one for all of its members. The reader is believed in one thing alone: that a job lives. Of jobs
 * that it does not show, or shows as over, their members' own keys are asked; so nobody's run can end by its word.
 */
import { isAppError } from '#core/errors.ts';
import type { ClusterTarget } from '#core/ports/cluster-access.ts';
import type { JobStatus, SchedulerDriver } from '#core/ports/scheduler.ts';
import type { Run } from '#core/runs.ts';
import type { LauncherDeps } from './deps.ts';
import { headJobOf } from './head-job.ts';
import { retryDelay } from './pace.ts';
import { parked, sentence } from './problems.ts';
import { hasEnded } from './verdict.ts';

/** No answer is used any more after this, however late whoever waits for it is. */
const freshMs = 10_000;
/** A user without a look for so long has no live runs: the longest interval is 32 s. */
const activeMs = 90_000;
/** A reader that was not shown a user's jobs is asked for them again after this. */
const hiddenMs = 10 * 60_000;
/** Without a reader, or with a new one: when it is looked for again. */
const absentMs = 5_000;
const questionLimitMs = 20_000;
const refusalsBeforeNote = 2;

/** As a reader can be asked for them. */
const askable = /^[A-Za-z0-9_][A-Za-z0-9_.@-]*$/;

type FoundReader = NonNullable<Awaited<ReturnType<LauncherDeps['readers']['find']>>>;

interface Answer {
  askedAt: number;
  users: ReadonlySet<string>;
  jobs: readonly JobStatus[];
  reader: FoundReader;
}

interface ClusterView {
  /** Linux users with live runs → when they were last looked after. */
  active: Map<string, number>;
  /** Linux users whose live jobs the reader does not show → until when it is not asked for them. */
  hidden: Map<string, number>;
  /** Which of that has been told. */
  told: string | null;
  telling: boolean;
  /** The reader that all this is about. */
  reader: string;
  answer: Answer | null;
  asking: Promise<boolean> | null;
  pauseUntil: number;
  failures: number;
}

export interface Shown {
  jobs: readonly JobStatus[];
  /** Why a run is not followed through the reader, for its member; null: it is. */
  note: string | null;
}

const hiddenNote =
  "The cluster's status reader is not shown this run's job, so its state is read with the member's own key.";

const userOf = (run: Run): string => run.snapshot.linuxUser;

/** The reader's word that a run's head job lives. */
const livesIn = (run: Run, jobs: readonly JobStatus[]): boolean => {
  const job = headJobOf(run, jobs);
  return job !== null && !hasEnded(job) && (job.linuxUser ?? '') === userOf(run);
};

export const createQueueView = (deps: Pick<LauncherDeps, 'clusters' | 'readers' | 'clock' | 'log'>) => {
  const { clusters, readers, clock, log } = deps;
  const views = new Map<string, ClusterView>();
  /** Clusters whose scheduler needs the question in another form, found out by its first refusal. */
  const forms = new Map<string, string>();
  const own = new Map<string, { askedAt: number; jobs: Promise<JobStatus[]> }>();

  const viewOf = (clusterKey: string): ClusterView => {
    const found = views.get(clusterKey);
    if (found) return found;
    const made: ClusterView = {
      active: new Map(),
      hidden: new Map(),
      told: null,
      telling: false,
      reader: '',
      answer: null,
      asking: null,
      pauseUntil: 0,
      failures: 0,
    };
    views.set(clusterKey, made);
    return made;
  };

  const hiddenNow = (view: ClusterView, user: string): boolean => (view.hidden.get(user) ?? 0) > clock.now();

  /** Tells people what the reader sees, where that has changed; in one record for all who look at the same time. */
  const tell = async (view: ClusterView, reader: FoundReader): Promise<void> => {
    const hiddenUsers = [...view.hidden.keys()].sort();
    const what = hiddenUsers.join(' ');
    if (view.told === what || view.telling) return;
    view.telling = true;
    try {
      await readers.noteSight(reader, { hiddenUsers });
      view.told = what;
    } catch (error) {
      log.warn({ error: sentence(error) }, 'what a status reader sees could not be noted');
    } finally {
      view.telling = false;
    }
  };

  const failed = async (view: ClusterView, reader: FoundReader | null, since: number, error: unknown) => {
    view.failures += 1;
    // One that hangs must not make everybody wait again and again.
    view.pauseUntil = clock.now() + Math.max(retryDelay(view.failures), 4 * (clock.now() - since));
    if (parked(error)) return;
    log.warn({ error: sentence(error) }, "a status reader does not help: members' own keys are used");
    const refused = isAppError(error, 'credential_refused') || isAppError(error, 'credential_blocked');
    if (reader && refused && view.failures >= refusalsBeforeNote)
      await readers.noteRefused(reader, sentence(error));
  };

  /** @returns false when there is no reader that helps now */
  const ask = async (clusterKey: string, view: ClusterView, driver: SchedulerDriver): Promise<boolean> => {
    const askedAt = clock.now();
    let reader: FoundReader | null = null;
    try {
      reader = await readers.find(clusterKey);
      if (!reader) {
        view.pauseUntil = askedAt + absentMs;
        return false;
      }
      const name = `${reader.keyVersion} ${reader.target.userName}`;
      if (view.reader !== name) {
        // Whom it was not shown before is asked for again; until they are shown they stay on the list.
        const hidden = new Map(reader.hiddenUsers.map((user) => [user, 0]));
        Object.assign(view, { reader: name, hidden, told: null });
      }
      const users = [...view.active.keys()].filter((user) => askable.test(user) && !hiddenNow(view, user));
      const question = { ask: 'jobs', linuxUsers: users } as const;
      const result = await clusters.askReader(reader.target, question, { timeoutMs: questionLimitMs });
      view.answer = { askedAt, users: new Set(users), jobs: driver.parseStatus(result), reader };
      view.failures = 0;
      return true;
    } catch (error) {
      await failed(view, reader, askedAt, error);
      return false;
    }
  };

  const fresh = (view: ClusterView, user: string, since: number): Answer | null => {
    const { answer } = view;
    const good = answer && answer.askedAt >= since && clock.now() - answer.askedAt < freshMs;
    return good && answer.users.has(user) ? answer : null;
  };

  /** The reader's newest answer for a user; null: it cannot help. */
  const shownTo = async (
    clusterKey: string,
    view: ClusterView,
    driver: SchedulerDriver,
    user: string,
    since: number,
  ): Promise<Answer | null> => {
    // At most the question under way, which began too early, and one more.
    for (let round = 0; round < 3; round += 1) {
      const answer = fresh(view, user, since);
      if (answer) return answer;
      if (hiddenNow(view, user) || clock.now() < view.pauseUntil) return null;
      view.asking ??= ask(clusterKey, view, driver).finally(() => {
        view.asking = null;
      });
      if (!(await view.asking)) return null;
    }
    return null;
  };

  /** The member's own question; whoever else needs an answer that is as new shares it. */
  const askOwn = (driver: SchedulerDriver, target: ClusterTarget, since: number): Promise<JobStatus[]> => {
    const now = clock.now();
    for (const [key, { askedAt }] of own) if (now - askedAt >= freshMs) own.delete(key);
    const key = JSON.stringify([target.clusterKey, target.credentialKey, target.userName, target.hostName]);
    const found = own.get(key);
    if (found && found.askedAt >= since) return found.jobs;
    const jobs = (async () => {
      const question = driver.status([target.userName], forms.get(target.clusterKey));
      const result = await clusters.run(target, { ...question, kind: 'status' });
      // Forgotten where the answer is of no use: the scheduler may be another by now.
      forms.delete(target.clusterKey);
      const shown = driver.parseStatus(result);
      const form = driver.formOf?.(result);
      if (form) forms.set(target.clusterKey, form);
      return shown;
    })();
    own.set(key, { askedAt: now, jobs });
    jobs.catch(() => own.get(key)?.jobs === jobs && own.delete(key));
    return jobs;
  };

  return {
    /** To be called for all runs of a round before the first of them is looked at: then one question is enough. */
    expect: (runs: readonly Run[]): void => {
      const now = clock.now();
      for (const { active } of views.values())
        for (const [user, at] of active) if (now - at > activeMs) active.delete(user);
      for (const run of runs)
        if (run.snapshot.identityId !== null) viewOf(run.snapshot.clusterKey).active.set(userOf(run), now);
    },

    /** Which of how many members of its cluster a run belongs to. */
    crowdOf: ({ snapshot }: Run): { member: string; members: number } => ({
      member: snapshot.linuxUser,
      members: Math.max(1, views.get(snapshot.clusterKey)?.active.size ?? 1),
    }),

    /**
     * The queue as far as it concerns these runs of one member.
     * @param since an answer must have been asked for no earlier: what it says is then news to each of them
     * @param byMember the reader's word is not enough
     */
    ask: async (
      driver: SchedulerDriver,
      target: ClusterTarget,
      runs: readonly Run[],
      { since, byMember }: { since: number; byMember: boolean },
    ): Promise<Shown> => {
      const [first] = runs;
      if (!first || first.snapshot.identityId === null || !askable.test(userOf(first)))
        return { jobs: await askOwn(driver, target, since), note: null };
      const { clusterKey } = first.snapshot;
      const user = userOf(first);
      const view = viewOf(clusterKey);
      view.active.set(user, clock.now());
      const answer = byMember ? null : await shownTo(clusterKey, view, driver, user, since);
      if (answer && runs.every((run) => livesIn(run, answer.jobs))) {
        view.hidden.delete(user);
        await tell(view, answer.reader);
        return { jobs: answer.jobs, note: null };
      }
      const jobs = await askOwn(driver, target, since);
      // Known to live when the reader was asked, and not among what it was shown: it sees less than the member.
      const missed = answer ? runs.filter((run) => !headJobOf(run, answer.jobs) && livesIn(run, jobs)) : [];
      if (answer && missed.length > 0) view.hidden.set(user, clock.now() + hiddenMs);
      else if (view.answer && hiddenNow(view, user)) await tell(view, view.answer.reader);
      return { jobs, note: hiddenNow(view, user) ? hiddenNote : null };
    },
  };
};

export type QueueView = ReturnType<typeof createQueueView>;
