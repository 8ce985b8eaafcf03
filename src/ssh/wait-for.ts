/** A wait that one caller may give up while others go on waiting. */
import { calledOff } from './explain.ts';

/** Waits for a shared opening, unless this one caller does not want it any more. */
export const waitFor = async <T>(work: Promise<T>, signal?: AbortSignal): Promise<T> => {
  if (!signal) return work;
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = () => reject(calledOff());
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
};
