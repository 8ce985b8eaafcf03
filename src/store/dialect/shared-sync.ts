/**
 * Commits that happen together reach the disk together. An fsync takes milliseconds: one for each commit, waited for in
 * the thread that answers everybody, was 80 % of what the server did while 20 members launched.
 */
import { AppError } from '#core/errors.ts';
import { reasonOf } from '../errors.ts';

export interface SharedSync {
  /** Resolves when everything written before the call is on the disk. @throws AppError `unavailable` (503) */
  done(): Promise<void>;
  /** @throws AppError `unavailable` (503) once the disk has failed */
  check(): void;
  /** Waits for what is on its way. */
  idle(): Promise<void>;
}

/** @param sync brings everything written so far to the disk */
export const createSharedSync = (sync: () => Promise<void>): SharedSync => {
  let failure: AppError | undefined;
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;

  const check = (): void => {
    if (failure) throw failure;
  };

  const start = async (): Promise<void> => {
    check();
    try {
      await sync();
    } catch (error) {
      // What the system could not write it forgets, and the next fsync succeeds: none may be believed any more.
      failure = new AppError(
        'unavailable',
        503,
        `The disk of the database failed to keep a change (${reasonOf(error)}): check it, then restart`,
        { cause: error },
      );
      throw failure;
    } finally {
      running = undefined;
    }
  };

  return {
    check,
    done: () => {
      if (!running) return (running = start());
      // The one on its way may have begun before this commit. If it fails, whoever waited for it is told, and so is the next.
      return (next ??= running
        .catch(() => {})
        .then(() => {
          next = undefined;
          return (running = start());
        }));
    },
    // Its own callers have the error; here it only matters that it is over.
    idle: async () => {
      await (next ?? running)?.catch(() => {});
    },
  };
};
