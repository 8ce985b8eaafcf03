/**
 * Answers of reads that every request begins with, and of lists that consoles and Terraform ask for again and again: kept
 * for as long as the database stays as it is, but for reports of tasks. SQLite numbers its commits (dialect/commits.ts,
 * 5 µs; it counts those of other processes too), so an answer is never older than a fresh read would be. PostgreSQL has
 * no such number: there nothing is kept.
 */
import type { Tables } from '#core/ports/store.ts';
import { untilCommit } from '#core/until-commit.ts';

/** Reads without a clock, chance or task report in them. What they give is frozen, for many will hold it. */
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

/** @param version the number of the last commit; undefined: the database does not say */
export const createRemember = (version: (() => number) | undefined): Remember => {
  if (!version) return (_table, _read, _args, work) => work();
  const current = untilCommit(version, () => new Map<string, Map<string, Promise<unknown>>>());
  return (table, read, args, work) => {
    const remembered: readonly string[] | undefined = reads[table as keyof Tables];
    if (!remembered?.includes(read)) return work();
    const tables = current();
    const answers = tables.get(table) ?? new Map<string, Promise<unknown>>();
    tables.set(table, answers);
    const key = JSON.stringify([read, ...args]);
    const before = answers.get(key);
    if (before) return before;
    const answer = work().then(frozen);
    answers.set(key, answer);
    if (answers.size > mostAnswers(table)) answers.delete(answers.keys().next().value ?? '');
    // The caller has the failure; whoever asks next is to try again.
    answer.catch(() => answers.delete(key));
    return answer;
  };
};
