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
const isDropped = (error: unknown): boolean =>
  isAppError(error, 'host_unreachable') && error.details['dropped'] === true;

/** A login node that is started anew is back within this time; what was not submitted by then never will be. */
const unreachableLimitMs = 10 * 60_000;
/** A node that is back is noticed soon. One that shuts us out is asked more seldom: each try may prolong it. */
const longestRetryMs = 20_000;

const timeOf = (moment: number): string => `${new Date(moment).toISOString().slice(11, 16)} UTC`;

/**
 * What becomes of a run of which certainly nothing has been submitted.
 * @param since when its cluster could first not be reached
 * @returns `delayMs` until it is tried again, null: never
 */
export const whileUnreachable = (
  error: AppError,
  { since, now, failures }: { since: number; now: number; failures: number },
): { message: string; delayMs: number | null } => {
  const minutes = unreachableLimitMs / 60_000;
  if (now - since >= unreachableLimitMs)
    return {
      message: `${error.message} It was tried for ${minutes} min. Nothing was submitted.`,
      delayMs: null,
    };
  const delay = retryDelay(failures);
  return {
    message:
      `Waiting since ${timeOf(since)}: ${error.message} Nothing has been submitted; it is tried again ` +
      `until ${timeOf(since + unreachableLimitMs)}.`,
    delayMs: isDropped(error) ? delay : Math.min(delay, longestRetryMs),
  };
};

export const sentence = (error: unknown): string => (error instanceof Error ? error.message : String(error));
