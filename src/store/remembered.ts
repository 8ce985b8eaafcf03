/**
 * Answers of reads that every request and every command begins with, and of lists that consoles and Terraform ask for again
 * and again: kept until a commit writes a table that they were read from. SQLite knows both (`dialect/table-changes.ts`), so
 * an answer is never older than a fresh read would be. PostgreSQL has nothing like it: there nothing is kept.
 */
import type { Tables } from '#core/ports/store.ts';
import type { Observe, Observed } from './dialect/table-changes.ts';

/** Reads without a clock or chance in them. What they give is frozen, for many will hold it. */
const reads: { readonly [Name in keyof Tables]?: readonly (keyof Tables[Name] & string)[] } = {
  tokens: ['find'],
  sessions: ['find'],
  users: ['find'],
  organisations: ['find', 'listOfUser'],
  members: ['findByUser'],
  workspaces: ['find'],
  participants: ['rolesHeld'],
  identities: ['find', 'list'],
  managedCredentials: ['find', 'findById', 'listRows'],
  credentials: ['find', 'list'],
  computeEnvs: ['find', 'list'],
  runs: ['find'],
  runTokens: ['findRun'],
  hostKeys: ['list'],
};

/** Of one table. A run holds its scripts, hundreds of kilobytes. */
const mostAnswers = (table: string): number => (table === 'runs' ? 100 : 500);

type Work = () => Promise<unknown>;

/** An answer to `read` of `table` with `args`, from before or from `work`. */
export type Remember = (
  table: string,
  read: string,
  args: readonly unknown[],
  work: Work,
) => Promise<unknown>;

const frozen = <Value>(value: Value): Value => {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  for (const part of Object.values(value)) frozen(part);
  return Object.freeze(value);
};

/** @param observe undefined: the database does not say what a commit changes */
export const createRemember = (observe: Observe | undefined): Remember => {
  if (!observe) return (_table, _read, _args, work) => work();
  const tables = new Map<string, Map<string, Observed<unknown>>>();
  return (table, read, args, work) => {
    const remembered: readonly string[] | undefined = reads[table as keyof Tables];
    if (!remembered?.includes(read)) return work();
    const answers = tables.get(table) ?? new Map<string, Observed<unknown>>();
    tables.set(table, answers);
    const key = JSON.stringify([read, ...args]);
    const before = answers.get(key);
    if (before?.isCurrent()) return before.answer;
    const now = observe(() => work().then(frozen));
    // The newest last: those at the beginning go first.
    answers.delete(key);
    answers.set(key, now);
    if (answers.size > mostAnswers(table)) answers.delete(answers.keys().next().value ?? '');
    // The caller has the failure; whoever asks next is to try again.
    now.answer.catch(() => answers.get(key) === now && answers.delete(key));
    return now.answer;
  };
};
