/** Queries that a scheduler's own commands answer: one text for all, and what counts as a whole answer. */
import type { RemoteResult } from '#core/ports/cluster-access.ts';
import type { CommandText } from '#core/ports/scheduler.ts';
import { answerLines, complaint, farSide, text } from '../far-side/far-side.ts';

const environment = farSide('queries/environment');
const send = farSide('submission/send');

/** A scheduler's own far-side scripts, those of its folder. */
export const scriptsOf = <Name extends string>(
  folder: string,
  names: readonly Name[],
): Record<Name, string> =>
  Object.fromEntries(names.map((name) => [name, farSide(`${folder}/${name}`)])) as Record<Name, string>;

/** The scheduler's part of a submission whose script goes to the submit command's stdin. */
export const submitScript = (part: string): string => `${environment}${part}${send}`;

/** A constant script with words as its arguments. */
export const command = (
  script: string,
  words: readonly string[],
  more: Partial<Omit<CommandText, 'argv'>> = {},
): CommandText => ({
  argv: ['sh', '-c', `${environment}export LC_ALL=C\n${script}`, 'latchkey', ...words],
  timeoutMs: 90_000,
  ...more,
});

export interface Answer {
  /** What the command printed, our own last lines apart. */
  lines: string[];
  /** With what it ended. */
  status: number;
  stderr: string;
}

/**
 * The answer of a script that ends with `latchkey: asked STATUS` and the end line.
 * @throws Error when it is cut short, or its command did not answer in time or is not there
 */
export const wholeAnswer = (result: RemoteResult, program: string): Answer => {
  const status = answerLines(result)?.find(([key]) => key === 'asked')?.[1];
  if (result.timedOut || status === undefined || !/^\d+$/.test(status))
    throw new Error(`${program} failed: ${complaint(result)}`);
  if (status === '124' || status === '137') throw new Error(`${program} did not answer in time`);
  if (status === '127') throw new Error(`${program} was not found: ${complaint(result)}`);
  const lines = text(result.stdout)
    .split('\n')
    .filter((line) => !line.startsWith('latchkey: '));
  return { lines, status: Number(status), stderr: text(result.stderr) };
};

/** Which of its forms the far side chose, where its scheduler's commands may be too old for the best one. */
export const formOf = (result: RemoteResult): string =>
  answerLines(result)?.find(([key]) => key === 'form')?.[1] ?? '';

/** The value, or null where the scheduler says that there is none. */
export const known = (said: string | undefined): string | null =>
  said === undefined || /^(|-|None|\(null\)|N\/A|Unknown)$/.test(said.trim()) ? null : said.trim();
