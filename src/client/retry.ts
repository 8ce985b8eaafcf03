/**
 * Trying again, and only where that is safe: 429 and 503 say that nothing was done, a connection that was never made
 * did nothing either; after anything else only what may be repeated is.
 */
import type { Method } from '#contract/route.ts';
import { type ClientProblem, cancelled, isProblem } from './problem.ts';

export interface RetryPolicy {
  /** How long to go on altogether, in milliseconds, when the server says that it is busy. */
  busyMs: number;
  /** How often to try again when it cannot be reached or its proxy fails. */
  failures: number;
  /** Told before each pause. */
  onRetry?: (problem: ClientProblem, waitMs: number) => void;
}

const baseMs = 250;
const longestMs = 30_000;

/** Half of it by chance, so that many clients do not come back together. */
const backOff = (attempt: number): number => {
  const full = Math.min(longestMs, baseMs * 2 ** attempt);
  return full / 2 + (Math.random() * full) / 2;
};

/** Waits; a signal ends the wait. @throws ClientProblem `cancelled` */
export const pause = (milliseconds: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(cancelled());
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, milliseconds);
    if (signal?.aborted) stop();
    else signal?.addEventListener('abort', stop, { once: true });
  });

const busy = (problem: ClientProblem): boolean => problem.status === 429 || problem.status === 503;

const failed = (problem: ClientProblem, method: Method): boolean => {
  if (problem.kind === 'unreachable') return true;
  if (method === 'POST') return false;
  return problem.kind === 'unknown' || problem.status === 502 || problem.status === 504;
};

/** @throws ClientProblem that of the last try */
export const withRetries = async <Answer>(
  policy: RetryPolicy | undefined,
  method: Method,
  ask: () => Promise<Answer>,
  signal?: AbortSignal,
): Promise<Answer> => {
  const end = Date.now() + (policy?.busyMs ?? 0);
  for (let attempt = 0, failures = 0; ; attempt += 1) {
    if (signal?.aborted) throw cancelled();
    try {
      return await ask();
    } catch (error) {
      if (policy === undefined || !isProblem(error)) throw error;
      const waitMs = Math.min(longestMs, Math.max(error.retryAfterMs ?? 0, backOff(attempt)));
      if (busy(error)) {
        if (Date.now() + waitMs > end) throw error;
      } else {
        failures += 1;
        if (!failed(error, method) || failures > policy.failures) throw error;
      }
      policy.onRetry?.(error, waitMs);
      await pause(waitMs, signal);
    }
  }
};
