/** Identifiers. Runs: 12 characters, so that `nf-<id>` fits the 15 that old PBS servers allow for a job name. */
import { randomInt } from 'node:crypto';

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

const randomText = (length: number): string =>
  Array.from({ length }, () => alphabet.charAt(randomInt(alphabet.length))).join('');

export const newRunId = (): string => randomText(12);

/** For compute environments, workspace credentials and launches. */
export const newLongId = (): string => randomText(22);
