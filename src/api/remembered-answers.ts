/**
 * Answers of routes that say `remembered`, as they were sent: kept until the next commit, for consoles and declarative
 * clients ask for the same again and again. What decides about rights lives in the database, as does all that such a
 * route tells, so nobody gets more, or older, than a fresh read would give. Who asks is found out, and counted, with each
 * request: clocks end tokens.
 */
import type { Route } from '#contract/route.ts';
import type { Caller } from '#core/caller.ts';
import { untilCommit } from '#core/until-commit.ts';

const mostBytes = 16 * 1024 * 1024;
const largestBytes = 256 * 1024;

/** At most: a text takes one or two bytes a character. */
const bytesOf = (key: string, answer: string): number => 2 * (key.length + answer.length);

/** The oldest make room. */
const createAnswers = (limit: number) => {
  const answers = new Map<string, string>();
  let bytes = 0;
  const forget = (key: string, answer: string): void => {
    answers.delete(key);
    bytes -= bytesOf(key, answer);
  };
  return {
    get: (key: string): string | undefined => answers.get(key),
    keep: (key: string, answer: string): void => {
      const size = bytesOf(key, answer);
      const before = answers.get(key);
      if (before !== undefined) forget(key, before);
      if (size > Math.min(largestBytes, limit)) return;
      for (const [oldest, old] of answers) {
        if (bytes + size <= limit) break;
        forget(oldest, old);
      }
      answers.set(key, answer);
      bytes += size;
    },
  };
};

/** A question with its answer; or without one, and with the place to leave it. */
export interface Asked {
  answer: string | undefined;
  keep(answer: string): void;
}

/** @param version see the store's port; absent: nothing is remembered */
export const createRememberedAnswers = (version: (() => number) | undefined, limit = mostBytes) => {
  const current = version && untilCommit(version, () => createAnswers(limit));

  /** By a caller who is known and counted. undefined: neither remembered nor to be remembered. */
  return (route: Route, caller: Caller | undefined, url: string): Asked | undefined => {
    if (!current || !route.remembered || !caller || caller.reportsOn !== undefined) return undefined;
    const answers = current();
    const key = `${caller.userId} ${caller.tokenId} ${url}`;
    return { answer: answers.get(key), keep: (answer) => answers.keep(key, answer) };
  };
};
