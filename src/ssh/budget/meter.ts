/** What one cluster has been used lately, and who waits for more of it. */
import { type BudgetName, type ClusterBudget, waitingSentence } from '#core/budgets.ts';
import type { Clock } from '#core/clock.ts';
import { AppError } from '#core/errors.ts';
import { createFairQueue, type FairQueue } from './fair-queue.ts';
import { createTurns } from './turns.ts';
import { createWindow } from './window.ts';

export interface Meter {
  /** The newest that was heard of: an owner's change counts from the next command on. */
  set(name: string, budget: ClusterBudget): void;
  /** @returns gives the place back (harmless when called twice). @throws AppError `budget_exhausted` */
  connect(member: string, makeRoom: () => void, signal: AbortSignal): Promise<() => void>;
  /** Does somebody wait for a connection? */
  crowded(): boolean;
  /** Before a command. @throws AppError `budget_exhausted`: it was not sent */
  command(member: string, signal?: AbortSignal): Promise<void>;
  /** Before a command that reads logs. @throws AppError `budget_exhausted` */
  reading(member: string, signal?: AbortSignal): Promise<void>;
  /** Before a piece of a log is passed on, which has come already. */
  piece(member: string, bytes: number, signal?: AbortSignal): Promise<void>;
  /** What has been read of logs in one go. */
  charge(bytes: number): void;
  submission(member: string, ticket: string): { message: string; retryAfterMs: number } | undefined;
  useSubmission(ticket: string): boolean;
  /** Whoever waits is told, and waits no longer. */
  fail(error: Error): void;
  idle(): boolean;
}

const second = 1_000;
const minute = 60_000;

/** @param patienceMs how long a command waits here before whoever wants it is told instead */
export const createMeter = (clock: Clock, patienceMs: number): Meter => {
  let name = '';
  let budget: ClusterBudget;
  const now = () => clock.now();
  const commands = createWindow(second);
  const openings = createWindow(minute);
  const submissions = createWindow(minute);
  const turns = createTurns(submissions, now);
  let open = 0;
  /** When the bytes that were read so far are paid for. */
  let paidAt = 0;

  const charge = (bytes: number): void => {
    paidAt = Math.max(paidAt, now()) + (bytes / budget.logBytesPerSecond) * second;
  };
  const late = (what: BudgetName) => (): AppError =>
    new AppError('budget_exhausted', 503, waitingSentence(what, budget, name), {
      details: { budget: what, retryAfterMs: second },
    });
  const queues = {
    commands: createFairQueue({
      waitMs: (member) => commands.waitMs(member, budget.commandsPerSecond, now()),
      take: (member) => commands.take(member, now()),
    }),
    openings: createFairQueue({
      waitMs: (member) => openings.waitMs(member, budget.connectionsPerMinute, now()),
      take: (member) => openings.take(member, now()),
    }),
    places: createFairQueue({
      waitMs: () => (open < budget.connections ? 0 : Infinity),
      take: () => {
        open += 1;
      },
    }),
    bytes: createFairQueue({ waitMs: () => Math.max(0, paidAt - now()), take: () => {} }),
  } satisfies Record<string, FairQueue>;

  const wait = (queue: FairQueue, what: BudgetName, member: string, signal?: AbortSignal) =>
    queue.wait(member, { limitMs: patienceMs, late: late(what), ...(signal && { signal }) });

  return {
    set(newName, newBudget) {
      const before: ClusterBudget | undefined = budget;
      name = newName;
      budget = newBudget;
      if (before === undefined || before === newBudget) return;
      if (JSON.stringify(before) !== JSON.stringify(newBudget))
        for (const queue of Object.values(queues)) queue.poke();
    },
    async connect(member, makeRoom, signal) {
      await wait(queues.openings, 'connectionsPerMinute', member, signal);
      if (open >= budget.connections) makeRoom();
      await wait(queues.places, 'connections', member, signal);
      let held = true;
      return () => {
        if (!held) return;
        held = false;
        open -= 1;
        queues.places.poke();
      };
    },
    crowded: () => queues.places.waiting() > 0,
    command: (member, signal) => wait(queues.commands, 'commandsPerSecond', member, signal),
    reading: (member, signal) => wait(queues.bytes, 'logBytesPerSecond', member, signal),
    async piece(member, bytes, signal) {
      const never = () => new Error('never');
      await queues.bytes.wait(member, { limitMs: Infinity, late: never, ...(signal && { signal }) });
      charge(bytes);
    },
    charge,
    submission(member, ticket) {
      const retryAfterMs = turns.ask(member, ticket, budget.submissionsPerMinute);
      if (retryAfterMs === undefined) return undefined;
      return { message: waitingSentence('submissionsPerMinute', budget, name), retryAfterMs };
    },
    useSubmission: (ticket) => turns.use(ticket),
    fail(error) {
      for (const queue of Object.values(queues)) queue.fail(error);
    },
    idle: () =>
      open === 0 &&
      turns.waiting() === 0 &&
      submissions.taken(now()) + openings.taken(now()) + commands.taken(now()) === 0 &&
      Object.values(queues).every((queue) => queue.waiting() === 0),
  };
};
