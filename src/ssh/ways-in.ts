/**
 * Several login nodes behind one name: each address is tried in turn, and one that was out of reach waits at the end of
 * the line for a while, so that a node which is down costs its limit once and not every login.
 */
import type { Clock } from '#core/clock.ts';
import { isAppError } from '#core/errors.ts';

const restMs = 60_000;
const tidyAt = 1_000;

export interface WaysIn {
  /**
   * The next address is tried only where one could not be reached: a refusal is an answer.
   * @param addresses checked ones, in the resolver's order
   * @param attempt is told whether another address would be tried after it
   * @throws what the last attempt threw
   */
  firstReached<T>(
    addresses: readonly string[],
    port: number,
    attempt: (address: string, more: boolean) => Promise<T>,
  ): Promise<T>;
}

export const createWaysIn = (clock: Clock): WaysIn => {
  const resting = new Map<string, number>();
  const isResting = (key: string): boolean => (resting.get(key) ?? 0) > clock.now();
  const rest = (key: string): void => {
    if (resting.size >= tidyAt) for (const each of resting.keys()) if (!isResting(each)) resting.delete(each);
    resting.set(key, clock.now() + restMs);
  };
  return {
    async firstReached(addresses, port, attempt) {
      const keyOf = (address: string) => `${address} ${port}`;
      const inOrder = [
        ...addresses.filter((address) => !isResting(keyOf(address))),
        ...addresses.filter((address) => isResting(keyOf(address))),
      ];
      let last: unknown;
      for (const [at, address] of inOrder.entries()) {
        try {
          const reached = await attempt(address, at < inOrder.length - 1);
          resting.delete(keyOf(address));
          return reached;
        } catch (error) {
          if (!isAppError(error, 'host_unreachable')) throw error;
          rest(keyOf(address));
          last = error;
        }
      }
      throw last;
    },
  };
};
