/** Refusals on the wire: always `{message}`, never a stack, never a status that says more than it should. */

import type { Socket } from 'node:net';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { errorAnswer } from '#contract/errors.ts';
import { AppError, badRequest } from '#core/errors.ts';

/** What fastify refuses by itself, in our words. */
const spoken: Record<string, (error: FastifyError) => AppError> = {
  FST_ERR_CTP_BODY_TOO_LARGE: () =>
    new AppError(
      'bad_request',
      413,
      'The request is too large: at most 8 MB (16 KB before signing in), and scripts and configurations at most 256 KB each',
    ),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: () =>
    new AppError(
      'bad_request',
      415,
      'This content type is not understood: send JSON with Content-Type: application/json, or a form where this address takes one',
    ),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: () => badRequest('The body is not as long as its Content-Length says'),
  FST_ERR_CTP_INVALID_JSON_BODY: () => badRequest('body: is not valid JSON'),
  FST_ERR_MAX_PARAM_LENGTH: () =>
    new AppError(
      'bad_request',
      414,
      'A part of the address between slashes is too long: at most 256 characters',
    ),
  FST_ERR_BAD_URL: () => badRequest('The address holds a malformed %-sequence'),
};

const fromFastify = (error: FastifyError): AppError | undefined => {
  const known = spoken[error.code];
  if (known) return known(error);
  const { statusCode } = error;
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500)
    return new AppError('bad_request', statusCode, 'The request is malformed');
  return undefined;
};

const secondsOf = (milliseconds: unknown): string =>
  String(Math.max(1, Math.ceil(typeof milliseconds === 'number' ? milliseconds / 1000 : 1)));

/** Headers that go with a status. */
const addHeaders = (reply: FastifyReply, error: AppError): void => {
  if (error.status === 401) void reply.header('www-authenticate', 'Bearer realm="latchkey"');
  if (error.status === 429 || error.status === 503)
    void reply.header('retry-after', secondsOf(error.details['retryAfterMs']));
};

/**
 * A cluster that fails is not a failure of this service: 424 says so, and no client repeats a change because of it, as
 * declarative ones do after 502 and 503.
 */
const ofCluster = /^(host|credential)_|^(session_ended|channel_lost)$/;

/** The error as people may see it; what is our fault is logged in full and named by its reference alone. */
export const refusalOf = (error: unknown, request: FastifyRequest): AppError => {
  if (error instanceof AppError) {
    if (error.status < 500) return error;
    request.log.error({ err: error }, 'request failed');
    if (!ofCluster.test(error.code)) return error;
    return new AppError(error.code, 424, error.message, { details: error.details });
  }
  const refused = error instanceof Error ? fromFastify(error as FastifyError) : undefined;
  if (refused) return refused;
  request.log.error({ err: error }, 'request failed');
  return new AppError(
    'internal',
    500,
    `Something went wrong here. Tell the operator the reference ${request.id}`,
    {
      details: { answer: { reference: request.id } },
    },
  );
};

const answerOf = ({ details, message, status }: AppError, { url }: FastifyRequest): unknown => {
  const extra = errorAnswer.partial().safeParse(details['answer'] ?? {});
  const forWes = url.startsWith('/api/ga4gh/') && { msg: message, status_code: status };
  return { ...(extra.success && extra.data), ...forWes, message };
};

export const sendProblem = (error: unknown, request: FastifyRequest, reply: FastifyReply): void => {
  const refusal = refusalOf(error, request);
  addHeaders(reply, refusal);
  void reply
    .code(refusal.status)
    .type('application/json; charset=utf-8')
    // Hooks do not run for what fastify refuses before it knows a route.
    .header('cache-control', 'no-store')
    .serializer((payload: unknown) => JSON.stringify(payload))
    .send(answerOf(refusal, request));
};

/** What Node gives up on before there is a request: its head, or the way in which its body comes. */
const broken: Record<string, readonly [status: string, message: string]> = {
  HPE_HEADER_OVERFLOW: [
    '431 Request Header Fields Too Large',
    'Address and headers are too long: at most 16 KB together. Send fewer or shorter query parameters',
  ],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: ['413 Payload Too Large', 'The extensions of a chunk are too long'],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'The request did not arrive whole within 60 s'],
};

export const answerBroken = (error: NodeJS.ErrnoException, socket: Socket): void => {
  if (error.code !== 'ECONNRESET' && socket.writable) {
    const [status, message] = broken[error.code ?? ''] ?? [
      '400 Bad Request',
      'This is not a well-formed HTTP request',
    ];
    const body = JSON.stringify({ message });
    const head = [
      `HTTP/1.1 ${status}`,
      'connection: close',
      'cache-control: no-store',
      'content-type: application/json; charset=utf-8',
      `content-length: ${Buffer.byteLength(body)}`,
    ];
    socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  }
  socket.destroy(error);
};
