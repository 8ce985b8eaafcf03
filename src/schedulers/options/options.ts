/** Submit options that people type, for schedulers whose options are single words with a fixed number of values. */
import { badRequest } from '#core/errors.ts';
import type { HeadJobInput } from '#core/ports/scheduler.ts';
import { splitWords } from './words.ts';

export interface OptionRules {
  /** The submit command, for sentences. */
  program: string;
  /** Options that may be typed, and how many words follow each. */
  takes: ReadonlyMap<string, number>;
  /** Set by the launch, or turning a submission into something else. */
  reserved: ReadonlySet<string>;
  /** The option that names who pays. */
  account: string;
  /** One-letter options may carry their value in the same word (`-lselect=1`). */
  attached?: boolean;
  /** Refuses values; gives the reason. */
  refuseValue?(option: string, value: string): string | undefined;
}

/** `'-a -b'` → those options, each followed by `count` words. */
export const takes = (...groups: [count: number, names: string][]): Map<string, number> =>
  new Map(groups.flatMap(([count, names]) => names.split(/\s+/).map((name) => [name, count] as const)));

export const reserved = (names: string): Set<string> => new Set(names.split(/\s+/));

/**
 * Options as words, if all of them may be given. What is not listed is refused: schedulers take unknown options for
 * something else (LSF reads `--name` as the job's command).
 * @throws AppError 400 that names the option and the reason
 */
export const optionWords = (rules: OptionRules, typed: string, field = 'headJobOptions'): string[] => {
  const words = splitWords(typed, field);
  const refuse = (reason: string) => badRequest(`${field}: ${reason}`, { field });
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    const short = rules.attached && /^-[A-Za-z]./.test(word) ? word.slice(0, 2) : word;
    for (const option of [word, short]) {
      if (rules.reserved.has(option))
        throw refuse(`${option} cannot be set: the launch sets it itself or could not work with it`);
    }
    const count = rules.takes.get(word) ?? (short === word ? undefined : rules.takes.get(short));
    if (count === undefined)
      throw refuse(`"${word}" is not an option of ${rules.program} that can be given here`);
    // What follows in the same word would be read as further options.
    if (short !== word && count === 0) throw refuse(`"${word}": ${short} takes no value`);
    const values = short === word ? words.slice(at + 1, at + 1 + count) : [word.slice(2)];
    if (values.length < count) throw refuse(`${word} needs a value`);
    for (const value of values) {
      if (short === word && count === 1 && rules.takes.has(value)) throw refuse(`${word} needs a value`);
      const why = rules.refuseValue?.(short, value);
      if (why !== undefined) throw refuse(`${short} ${value}: ${why}`);
    }
    if (short === word) at += count;
  }
  return words;
};

/** Does one of the options occur among the words? */
export const mentions = (words: readonly string[], ...options: string[]): boolean =>
  words.some((word) =>
    options.some((option) => word === option || (option.length > 2 && word.startsWith(option))),
  );

/** Options as a script's directive takes them. @throws AppError 400 for what no such line can hold */
export const directiveText = (words: readonly string[]): string =>
  words
    .map((word) => {
      if (/^[A-Za-z0-9_@%+=:,./^~[\]-]+$/.test(word)) return word;
      if (!word.includes("'")) return `'${word}'`;
      if (!/["\\]/.test(word)) return `"${word}"`;
      throw badRequest(`headJobOptions: ${word} mixes quotes and cannot be handed on to tasks`);
    })
    .join(' ');

export interface JobOptions {
  /** The cluster's own head job options. */
  typed: string[];
  /** What this member's record adds: their account and their options. */
  own: string[];
}

/** Both kinds of options of a run, checked. @throws AppError 400 */
export const jobOptions = (rules: OptionRules, { snapshot }: HeadJobInput): JobOptions => ({
  typed: optionWords(rules, snapshot.config.headJobOptions ?? ''),
  own: [
    ...(snapshot.account ? [rules.account, snapshot.account] : []),
    ...optionWords(rules, snapshot.memberHeadJobOptions ?? '', 'metadata.headJobOptions'),
  ],
});

/** Options that a run's tasks get, as one text; empty for none. */
export const taskOptions = (rules: OptionRules, input: HeadJobInput): string => {
  const { typed, own } = jobOptions(rules, input);
  return directiveText([...(input.snapshot.config.propagateHeadJobOptions ? typed : []), ...own]);
};
