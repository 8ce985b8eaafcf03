/** How much of a cluster this service may use at most, and the stop button: what makes it a good neighbour. */
import { AppError } from './errors.ts';

/** For a whole cluster, however many members it serves. */
export interface ClusterBudget {
  /** Connections open at once, those being opened included. */
  connections: number;
  /** New connections within any minute. */
  connectionsPerMinute: number;
  /** Commands begun within any second. */
  commandsPerSecond: number;
  /** Head jobs handed to the scheduler within any minute. */
  submissionsPerMinute: number;
  /** Of logs and files, averaged. */
  logBytesPerSecond: number;
}

export type BudgetName = keyof ClusterBudget;

/** What an owner has set; what is absent is the default. */
export type BudgetSettings = Partial<ClusterBudget>;

/** Less than one busy user with a terminal multiplexer and a script causes. */
const defaultBudget: ClusterBudget = {
  connections: 50,
  connectionsPerMinute: 60,
  commandsPerSecond: 20,
  submissionsPerMinute: 60,
  logBytesPerSecond: 10_000_000,
};

/** `[least, most]` that an owner may set. */
export const budgetBounds: Readonly<Record<BudgetName, readonly [number, number]>> = {
  connections: [1, 1_000],
  connectionsPerMinute: [1, 6_000],
  commandsPerSecond: [1, 1_000],
  submissionsPerMinute: [1, 6_000],
  logBytesPerSecond: [10_000, 1_000_000_000],
};

export const budgetOf = (settings: BudgetSettings): ClusterBudget => ({ ...defaultBudget, ...settings });

const allowances: Record<BudgetName, (most: number) => string> = {
  connections: (most) => `${most} connections at once are allowed`,
  connectionsPerMinute: (most) => `${most} new connections a minute are allowed`,
  commandsPerSecond: (most) => `${most} commands a second are allowed`,
  submissionsPerMinute: (most) => `${most} submissions a minute are allowed`,
  logBytesPerSecond: (most) => `${most} bytes a second of logs and files are allowed`,
};

/** Why something has to wait, for people. */
export const waitingSentence = (name: BudgetName, budget: ClusterBudget, where: string): string =>
  `Waiting: ${allowances[name](budget[name])} on ${where} (its budget, ${name}), shared fairly among members.`;

/** A cluster that its owners have stopped: nothing connects to it until they let it go on. */
export interface Suspension {
  /** Epoch milliseconds. */
  since: number;
  userId: number;
  userName: string;
  reason: string | null;
}

/** Said wherever something is refused or has to wait because of it. */
export const suspendedSentence = (name: string, { since, userName, reason }: Suspension): string =>
  `${name} is suspended: ${userName} stopped it on ${new Date(since).toISOString().slice(0, 16).replace('T', ' ')} UTC` +
  `${reason === null ? '' : ` (${reason})`}. Nothing connects to it until an owner resumes it.`;

/** @throws AppError 409 `cluster_suspended` */
export const checkRunning = ({ name, suspension }: { name: string; suspension: Suspension | null }): void => {
  if (suspension) throw new AppError('cluster_suspended', 409, suspendedSentence(name, suspension));
};
