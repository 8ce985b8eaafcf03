/**
 * A status reader's channel: no frame of it carries a command. What stands at its far end (bound to the key there, or
 * asked for by us) knows two words, and ends itself at any other.
 */
import { randomBytes } from 'node:crypto';
import { AppError, badRequest } from '#core/errors.ts';
import type { ClusterTarget, ReaderQuestion, ReaderTarget } from '#core/ports/cluster-access.ts';
import type { Bootstrap } from './far-side.ts';

export const isReader = (target: ClusterTarget): target is ReaderTarget =>
  'readerCommand' in target || target.credentialKey.startsWith('reader:');

/** Sent in two halves, so that an echo of it is no hello. */
export const createReaderBootstrap = (): Bootstrap => {
  const nonce = randomBytes(24).toString('hex');
  return { nonce, text: `hello ${nonce.slice(0, 24)} ${nonce.slice(24)}\n` };
};

/** As the far side checks it once more. */
const userPattern = /^[A-Za-z0-9_][A-Za-z0-9_.@-]*$/;

/** @throws AppError 400 for a name that the far side would not take */
export const questionLine = (id: number, question: ReaderQuestion): string => {
  if (question.ask === 'who') return `who ${id}\n`;
  const odd = question.linuxUsers.find((name) => !userPattern.test(name));
  if (odd !== undefined || question.linuxUsers.length === 0)
    throw badRequest(`A status reader cannot be asked for the jobs of "${odd ?? ''}"`);
  return `jobs ${id} ${question.linuxUsers.join(',')}\n`;
};

export const notForReaders = (): AppError =>
  new AppError('forbidden', 403, "A status reader's key asks for the state of jobs and does nothing else.");

/** Head jobs of many members: the most that an answer may hold, in bytes. */
export const readerOutput = 16 << 20;
