/** What went wrong between us and the server, with what a caller needs to know to go on: was anything done? */

export interface Conflict {
  type: string;
  id: string;
  name: string;
  url: string;
}

/**
 * `refused`: the server said no, in its own sentence. `unreachable`: nothing was sent. `untrusted`: nothing was sent, for
 * nobody we know vouches for who is there. `unknown`: it was sent and no
 * answer came, so it may or may not have happened. `unintelligible`: something answered that is no Latchkey.
 */
export type ProblemKind =
  | 'refused'
  | 'unreachable'
  | 'untrusted'
  | 'unknown'
  | 'unintelligible'
  | 'cancelled';

export interface ProblemFacts {
  kind: ProblemKind;
  /** HTTP status; 0 where there was no answer. */
  status?: number;
  conflicts?: readonly Conflict[];
  /** How long the server asks to wait. */
  retryAfterMs?: number;
  cause?: unknown;
}

export class ClientProblem extends Error {
  readonly kind: ProblemKind;
  readonly status: number;
  readonly conflicts: readonly Conflict[];
  readonly retryAfterMs: number | undefined;

  constructor(message: string, { kind, status = 0, conflicts = [], retryAfterMs, cause }: ProblemFacts) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'ClientProblem';
    this.kind = kind;
    this.status = status;
    this.conflicts = conflicts;
    this.retryAfterMs = retryAfterMs;
  }
}

export const isProblem = (error: unknown, status?: number): error is ClientProblem =>
  error instanceof ClientProblem && (status === undefined || error.status === status);

export const cancelled = (): ClientProblem =>
  new ClientProblem('cancelled while waiting for the server', { kind: 'cancelled' });

/** Errors of a connection that was never made: whatever was asked for, nothing happened. */
const neverSent = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'CERT_HAS_EXPIRED',
  'EPROTO',
]);

/** Errors of certificates that no authority which is known here has issued. */
const unvouched = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_SIGNATURE_FAILURE',
]);

/** The error that says most: fetch wraps it, and Node wraps several addresses' errors once more. */
const innermost = (error: unknown): { code?: string; message: string } => {
  let found = error;
  for (let depth = 0; depth < 5 && found instanceof Error; depth += 1) {
    const inner: unknown = found instanceof AggregateError ? found.errors[0] : found.cause;
    if (!(inner instanceof Error)) break;
    found = inner;
  }
  if (!(found instanceof Error)) return { message: String(found) };
  const code: unknown = 'code' in found ? found.code : undefined;
  return { message: found.message, ...(typeof code === 'string' && { code }) };
};

/** A request that got no answer, in words that name the server and never the request. */
export const unanswered = (serverUrl: string, error: unknown): ClientProblem => {
  const { code, message } = innermost(error);
  const why = code && !message.includes(code) ? `${message} (${code})` : message;
  const kind =
    code === undefined
      ? undefined
      : unvouched.has(code)
        ? 'untrusted'
        : neverSent.has(code)
          ? 'unreachable'
          : undefined;
  if (kind) return new ClientProblem(`${serverUrl} cannot be reached: ${why}`, { kind, cause: error });
  return new ClientProblem(
    `${serverUrl} did not answer: ${why}. What was asked for may have been done all the same.`,
    { kind: 'unknown', cause: error },
  );
};
