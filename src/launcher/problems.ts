/** Which failures end a run, which only make it wait. */
import { type AppError, isAppError } from '#core/errors.ts';
import { retryDelay } from './pace.ts';

/** The line broke between the key's proof and the first command. */
const isLost = (error: AppError): boolean => error.code === 'session_ended' && error.details['lost'] === true;

/** The cluster has refused for good: trying again would only annoy it. Nothing was run. */
export const isFinal = (error: unknown): error is AppError =>
  isAppError(error) &&
  !isLost(error) &&
  [
    'bad_request',
    'conflict',
    'not_found',
    'host_address_refused',
    'host_key_unconfirmed',
    'host_key_changed',
    'credential_refused',
    'credential_blocked',
    'session_ended',
    'sealed_value_broken',
  ].includes(error.code);

/** Should nobody tell us that a suspended cluster goes on; whoever resumes it makes its runs due at once. */
const suspendedLookMs = 60_000;

/**
 * Nothing was sent and nothing is wrong: the cluster's owners have stopped it, or its budget is used up for the moment. The run
 * waits and says why; it does not count as a failure. undefined: it is something else.
 */
export const parked = (error: unknown): { message: string; delayMs: number } | undefined => {
  if (isAppError(error, 'cluster_suspended')) return { message: error.message, delayMs: suspendedLookMs };
  if (!isAppError(error, 'budget_exhausted')) return undefined;
  const { retryAfterMs } = error.details;
  return { message: error.message, delayMs: typeof retryAfterMs === 'number' ? retryAfterMs : 1_000 };
};

/**
 * A key that was refused once is offered a second and last time; not so soon that a short outage of a site's accounts
 * would cost every member both.
 */
const secondOfferMs = 10 * 60_000;

/** Until a live run is looked at again. */
export const lookAgainDelay = (error: unknown, failures: number): number =>
  isAppError(error, 'credential_refused') ? secondOfferMs : retryDelay(failures);

/** Nothing was run, and it may work in a moment. */
export const isUnreachable = (error: unknown): error is AppError =>
  isAppError(error, 'host_unreachable') ||
  isAppError(error, 'host_unresolved') ||
  (isAppError(error) && isLost(error));

/** It accepts connections and closes them before the login: busy, or a ban list that lets us in again after minutes. */
export const isDropped = (error: unknown): boolean =>
  isAppError(error, 'host_unreachable') && error.details['dropped'] === true;

export const sentence = (error: unknown): string => (error instanceof Error ? error.message : String(error));
