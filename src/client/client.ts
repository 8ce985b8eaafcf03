/**
 * The API as functions of its own contract: what is asked and answered is typed by the route, and nothing else is
 * known here. Usable in Node and in a browser.
 */
import type { z } from 'zod';
import { errorAnswer } from '#contract/errors.ts';
import { type AnswerBody, type Route, successOf } from '#contract/route.ts';
import { ClientProblem, cancelled, unanswered } from './problem.ts';
import { type RetryPolicy, withRetries } from './retry.ts';

type Part<Name extends string, Schema> = Schema extends z.ZodType
  ? Partial<z.input<Schema>> extends z.input<Schema>
    ? { [Key in Name]?: z.input<Schema> }
    : { [Key in Name]: z.input<Schema> }
  : { [Key in Name]?: never };

/** What a route is asked with, as it goes over the wire. */
export type CallInput<R extends Route> = Part<'params', R['params']> &
  Part<'query', R['query']> &
  Part<'body', R['body']>;

/** What comes back: the answer's body, nothing, or the response itself where a file is streamed. */
export type CallAnswer<R extends Route> =
  AnswerBody<R> extends 'bytes' ? Response : AnswerBody<R> extends null ? undefined : AnswerBody<R>;

/** One request and its answer, without anything of what they carried. */
export interface Exchanged {
  operationId: string;
  method: string;
  /** With ids, without the query. */
  path: string;
  status: number;
  milliseconds: number;
  /** Names the log lines of the server. */
  requestId: string | null;
}

export interface ClientOptions {
  /** `https://latchkey.example.org`, with or without `/api` and slashes at the end. */
  serverUrl: string;
  /** Asked for each request; carries whatever says who is asking. */
  headers?: () => Record<string, string>;
  /** Absent: every request is made once. */
  retry?: RetryPolicy;
  /** Limit for one request, in milliseconds. */
  timeoutMs?: number;
  fetch?: typeof fetch;
  onExchange?: (exchanged: Exchanged) => void;
}

export interface CallOptions {
  /** Ends waiting and reading. A change that is under way is never cut off: nobody would know whether it happened. */
  signal?: AbortSignal;
}

export interface Client {
  /** @throws ClientProblem */
  call<const R extends Route>(route: R, input: CallInput<R>, options?: CallOptions): Promise<CallAnswer<R>>;
}

const apiBase = (serverUrl: string): string => {
  const bare = serverUrl.replace(/\/+$/, '');
  return bare.endsWith('/api') ? bare : `${bare}/api`;
};

type Words = Record<string, string | number | boolean | null | undefined>;

const pathOf = (route: Route, params: Words): string =>
  route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = params[name];
    // An empty id would be another address, perhaps that of all.
    if (value === undefined || value === null || value === '')
      throw new TypeError(`${route.operationId}: no ${name}`);
    return encodeURIComponent(value);
  });

const queryOf = (query: Words): string => {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null);
  const text = new URLSearchParams(
    given.map(([key, value]): [string, string] => [key, `${value}`]),
  ).toString();
  return text === '' ? '' : `?${text}`;
};

const jsonOf = async (response: Response): Promise<unknown> => {
  const text = await response.text();
  if (!response.headers.get('content-type')?.includes('json')) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
};

const retryAfterOf = (response: Response): number | undefined => {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined;
};

const refusal = async (response: Response, serverUrl: string): Promise<ClientProblem> => {
  const { status } = response;
  // A proxy's page is no JSON: then its status is all there is to say.
  const answer = errorAnswer.safeParse(await jsonOf(response).catch(() => undefined));
  const retryAfterMs = retryAfterOf(response);
  return new ClientProblem(
    answer.success ? answer.data.message : `${serverUrl} answered ${status} without saying why`,
    {
      kind: answer.success ? 'refused' : 'unintelligible',
      status,
      ...(answer.data?.conflicts && { conflicts: answer.data.conflicts }),
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    },
  );
};

/** A client for one server. Nothing is sent before the first call. */
export const createClient = (options: ClientOptions): Client => {
  const { serverUrl, headers = () => ({}), timeoutMs = 120_000, onExchange } = options;
  const base = apiBase(serverUrl);
  const send = options.fetch ?? fetch;

  const once = async <R extends Route>(
    route: R,
    { params, query, body }: { params?: unknown; query?: unknown; body?: unknown },
    signal: AbortSignal | undefined,
  ): Promise<CallAnswer<R>> => {
    const path = pathOf(route, (params ?? {}) as Words);
    const url = `${base}${path}${queryOf((query ?? {}) as Words)}`;
    const limit = AbortSignal.timeout(timeoutMs);
    const stop = route.method === 'GET' ? signal : undefined;
    const begun = Date.now();
    const response = await send(url, {
      method: route.method,
      headers: {
        accept: 'application/json',
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers(),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      redirect: 'manual',
      signal: stop ? AbortSignal.any([stop, limit]) : limit,
    }).catch((error: unknown) => {
      throw stop?.aborted ? cancelled() : unanswered(serverUrl, error);
    });
    onExchange?.({
      operationId: route.operationId,
      method: route.method,
      path,
      status: response.status,
      milliseconds: Date.now() - begun,
      requestId: response.headers.get('x-request-id'),
    });
    if (!response.ok) throw await refusal(response, serverUrl);
    const { answer } = successOf(route);
    if (answer === 'bytes') return response as CallAnswer<R>;
    if (answer === null) {
      await response.arrayBuffer();
      return undefined as CallAnswer<R>;
    }
    const read = answer.safeParse(await jsonOf(response));
    if (read.success) return read.data as CallAnswer<R>;
    const where = read.error.issues[0]?.path.join('.') || 'the whole answer';
    throw new ClientProblem(
      `${serverUrl} answered ${route.operationId} in a way that is not understood (${where}): is it a Latchkey server of this version?`,
      { kind: 'unintelligible', status: response.status },
    );
  };

  return {
    call: (route, input, { signal } = {}) =>
      withRetries(options.retry, route.method, () => once(route, input, signal), signal),
  };
};
