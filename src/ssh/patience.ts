/**
 * A host that closes connections before the login is mostly busy (MaxStartups drops some at random): the login is tried
 * again after a while, in the same place of the line, so that nobody counts as refused. Where that does not help, a ban
 * list is at work (PerSourcePenalties, fail2ban): then one connection a try, for each more only prolongs it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '#core/clock.ts';
import { isAppError } from '#core/errors.ts';
import type { OpenChannel } from './pool.ts';

const tries = 5;
const firstWaitMs = 400;
const bannedMs = 10 * 60_000;
const tidyAt = 1_000;

const sleepUnless = (ms: number, signal: AbortSignal): Promise<unknown> => sleep(ms, undefined, { signal });

const isDropped = (error: unknown): boolean =>
  isAppError(error, 'host_unreachable') && error.details['dropped'] === true;

export const patiently = (
  open: OpenChannel,
  clock: Clock,
  { wait = sleepUnless, random = Math.random } = {},
): OpenChannel => {
  /** Hosts whose patience was in vain, and until when they are asked once only. */
  const vain = new Map<string, number>();
  return async (target, signal, signed, plainLogin) => {
    const dialled = target.through?.[0] ?? target;
    const host = `${dialled.hostName}:${dialled.port}`;
    for (let attempt = 1; ; attempt += 1) {
      try {
        const channel = await open(target, signal, signed, plainLogin);
        vain.delete(host);
        return channel;
      } catch (error) {
        if (!isDropped(error)) throw error;
        if (attempt >= tries || (vain.get(host) ?? 0) > clock.now()) {
          if (vain.size >= tidyAt) vain.clear();
          vain.set(host, clock.now() + bannedMs);
          throw error;
        }
        await wait(firstWaitMs * 2 ** (attempt - 1) * (0.5 + random() / 2), signal).catch(() => {
          throw signal.reason;
        });
      }
    }
  };
};
