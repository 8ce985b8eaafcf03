/** One writer at a time, in order of arrival: SQLite has one write transaction, and a transaction may take a while. */
import { AppError } from '#core/errors.ts';

export interface WriteLock {
  /** @throws AppError `unavailable` (503) after `limitMs` */
  acquire(): Promise<void>;
  release(): void;
}

export const createWriteLock = (limitMs: number): WriteLock => {
  const waiting: (() => void)[] = [];
  let held = false;
  return {
    acquire: () => {
      if (!held) {
        held = true;
        return Promise.resolve();
      }
      return new Promise((resolve, reject) => {
        const begin = () => {
          clearTimeout(timer);
          resolve();
        };
        const timer = setTimeout(() => {
          waiting.splice(waiting.indexOf(begin), 1);
          reject(
            new AppError(
              'unavailable',
              503,
              `The database was busy with another change for ${limitMs / 1000} s: try again`,
            ),
          );
        }, limitMs);
        waiting.push(begin);
      });
    },
    release: () => {
      const next = waiting.shift();
      if (next) next();
      else held = false;
    },
  };
};
