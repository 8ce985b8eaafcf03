/** The one error type of the house: every refusal carries a code, an HTTP status and a sentence for people. */

export type ErrorCode =
  // asked wrongly
  | 'bad_request'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'too_many_requests'
  | 'unavailable'
  // keys
  | 'key_unusable'
  | 'sealed_value_broken'
  // clusters: nothing was run
  | 'host_unresolved'
  | 'host_address_refused'
  | 'host_unreachable'
  | 'host_key_unconfirmed'
  | 'host_key_changed'
  | 'credential_refused'
  | 'credential_blocked'
  | 'session_ended'
  /** Its owners have stopped everything on it. */
  | 'cluster_suspended'
  /** Its budget is used up for the moment. */
  | 'budget_exhausted'
  // clusters: the outcome of a command is not known
  | 'channel_lost'
  | 'internal';

export interface AppErrorOptions {
  details?: Record<string, unknown>;
  cause?: unknown;
}

export class AppError extends Error {
  readonly code: ErrorCode;
  /** HTTP status this error is answered with. */
  readonly status: number;
  /** Facts beside the sentence; must be safe to show to the caller. */
  readonly details: Record<string, unknown>;

  constructor(code: ErrorCode, status: number, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.status = status;
    this.details = options.details ?? {};
  }
}

export const badRequest = (message: string, details?: Record<string, unknown>): AppError =>
  new AppError('bad_request', 400, message, details ? { details } : {});

export const unauthenticated = (message: string): AppError => new AppError('unauthenticated', 401, message);

export const forbidden = (message: string): AppError => new AppError('forbidden', 403, message);

/** Same sentence whether the thing never existed or belongs to somebody else (promise 14). */
export const notFound = (what: string, id: string | number): AppError =>
  new AppError('not_found', 404, `Unknown ${what}: ${id}`);

export const conflict = (message: string, details?: Record<string, unknown>): AppError =>
  new AppError('conflict', 409, message, details ? { details } : {});

export const isAppError = (error: unknown, code?: ErrorCode): error is AppError =>
  error instanceof AppError && (code === undefined || error.code === code);
