/**
 * Slows down password guessing without locking anybody out for good: whoever fails often from one address waits longer
 * and longer there, up to a minute; an account that is guessed at from many addresses only answers more slowly. Kept in
 * memory: a restart, or a second replica, gives a guesser a few tries more and nothing else.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { addressGroup } from '#core/addresses.ts';
import type { Clock } from '#core/clock.ts';
import { AppError } from '#core/errors.ts';

interface Failures {
  count: number;
  last: number;
}

const forgetAfterMs = 15 * 60_000;
const maxWaitMs = 60_000;
const maxDelayMs = 3_000;
const maxEntries = 20_000;
/** Failures that cost nothing yet. */
const free = { here: 5, address: 30, account: 20 };

export interface Attempt {
  account: string;
  address: string;
}

export const createSignInBrake = (clock: Clock) => {
  const failures = new Map<string, Failures>();
  /** Attempts whose outcome is open: a hundred guesses at once are a hundred guesses. */
  const open = new Map<string, number>();

  const keys = ({ account, address }: Attempt) => {
    const place = addressGroup(address);
    return {
      here: `here ${place} ${account.toLowerCase()}`,
      address: `address ${place}`,
      account: `account ${account.toLowerCase()}`,
    };
  };

  const recent = (key: string): Failures | undefined => {
    const found = failures.get(key);
    if (found && clock.now() - found.last < forgetAfterMs) return found;
    failures.delete(key);
    return undefined;
  };

  /** 1 s after the first failure that counts, then twice as long each time. */
  const waitOf = (key: string, allowed: number): number => {
    const found = recent(key);
    const waiting = open.get(key) ?? 0;
    if (waiting > 0 && waiting + (found?.count ?? 0) >= allowed) return 1000;
    if (!found || found.count < allowed) return 0;
    const wait = Math.min(maxWaitMs, 1000 * 2 ** Math.min(10, found.count - allowed));
    return Math.max(0, found.last + wait - clock.now());
  };

  const brake = {
    /** Milliseconds to refuse this attempt for; 0: try. */
    refuseFor(attempt: Attempt): number {
      const { here, address } = keys(attempt);
      return Math.max(waitOf(here, free.here), waitOf(address, free.address));
    },

    /** Milliseconds to hold the answer back. */
    delayFor(attempt: Attempt): number {
      const count = recent(keys(attempt).account)?.count ?? 0;
      return count < free.account ? 0 : Math.min(maxDelayMs, 100 * (count - free.account + 1));
    },

    /** An attempt begins. @returns to be called at its end, whatever that is */
    begin(attempt: Attempt): () => void {
      const { here, address } = keys(attempt);
      for (const key of [here, address]) open.set(key, (open.get(key) ?? 0) + 1);
      return () => {
        for (const key of [here, address]) {
          const left = (open.get(key) ?? 1) - 1;
          if (left > 0) open.set(key, left);
          else open.delete(key);
        }
      };
    },

    failed(attempt: Attempt): void {
      for (const key of Object.values(keys(attempt))) {
        const count = (recent(key)?.count ?? 0) + 1;
        // The newest at the end, so that the oldest go first when there are too many.
        failures.delete(key);
        failures.set(key, { count, last: clock.now() });
      }
      for (const oldest of failures.keys()) {
        if (failures.size <= maxEntries) break;
        failures.delete(oldest);
      }
    },

    /** Forgives the account at this address. The address itself stays noted: it may try others. */
    succeeded(attempt: Attempt): void {
      failures.delete(keys(attempt).here);
    },
  };

  return {
    ...brake,

    /**
     * Tries a password within the limits, and notes how it went.
     * @returns was it right? @throws AppError 429 with `retryAfterMs` after many failures, before anything is tried
     */
    async guard(attempt: Attempt, isRight: () => Promise<boolean>): Promise<boolean> {
      const retryAfterMs = brake.refuseFor(attempt);
      if (retryAfterMs > 0)
        throw new AppError(
          'too_many_requests',
          429,
          `Too many failed attempts: try again in ${Math.ceil(retryAfterMs / 1000)} s`,
          { details: { retryAfterMs } },
        );
      const end = brake.begin(attempt);
      try {
        const delay = brake.delayFor(attempt);
        if (delay > 0) await sleep(delay);
        const right = await isRight();
        if (right) brake.succeeded(attempt);
        else brake.failed(attempt);
        return right;
      } finally {
        end();
      }
    },
  };
};

export type SignInBrake = ReturnType<typeof createSignInBrake>;
