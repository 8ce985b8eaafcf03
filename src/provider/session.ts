/** The server behind one configured provider: calls with patience, who we are, and the end of it all. */
import { type CallAnswer, type CallInput, type Client, createClient } from '#client/client.ts';
import { cancelled, isProblem } from '#client/problem.ts';
import { pause } from '#client/retry.ts';
import type { Route } from '#contract/route.ts';
import { userInfo } from '#contract/users.ts';
import type { Log } from './log.ts';
import type { Context, Person } from './resource.ts';
import type { Settings } from './settings.ts';

/** Terraform asks for ten things at a time; a server has other people too. */
const mostAtOnce = 8;

export interface Session extends Pick<Context, 'me' | 'pause'> {
  /** `finishing`: something was changed before, and this belongs to it: not to be stopped. @throws ClientProblem */
  call<const R extends Route>(
    route: R,
    input: CallInput<R>,
    options?: { finishing: boolean },
  ): Promise<CallAnswer<R>>;
  /** Reading and waiting ends; a change that is under way is brought to its end, and none begins. */
  stop(): void;
}

const createGate = () => {
  let free = mostAtOnce;
  const waiting: (() => void)[] = [];
  const leave = (): void => {
    const next = waiting.shift();
    if (next) next();
    else free += 1;
  };
  return async <Result>(work: () => Promise<Result>): Promise<Result> => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      leave();
    }
  };
};

/** Asks the server who we are: an address or a token that does not work is found out here. @throws ClientProblem */
export const openSession = async (
  { serverUrl, token }: Settings,
  { userAgent, log }: { userAgent: string; log: Log },
): Promise<Session> => {
  const stopping = new AbortController();
  const { signal } = stopping;
  const client: Client = createClient({
    serverUrl,
    headers: () => ({ authorization: `Bearer ${token}`, 'user-agent': userAgent }),
    retry: {
      busyMs: 180_000,
      failures: 2,
      onRetry: (problem, waitMs) =>
        log('warn', 'trying again', {
          status: problem.status,
          kind: problem.kind,
          wait_ms: Math.round(waitMs),
        }),
    },
    onExchange: ({ operationId, method, path, status, milliseconds, requestId }) =>
      log('debug', 'answered', {
        operation: operationId,
        method,
        path,
        status,
        milliseconds,
        ...(requestId !== null && { request_id: requestId }),
      }),
  });
  const gate = createGate();
  const call: Session['call'] = (route, input, { finishing } = { finishing: false }) =>
    gate(async () => {
      if (finishing) return client.call(route, input);
      if (signal.aborted) throw cancelled();
      return client.call(route, input, { signal });
    });
  const { user } = await call(userInfo, {}).catch((error: unknown) => {
    if (isProblem(error)) log('error', 'cannot open a session', { kind: error.kind, status: error.status });
    throw error;
  });
  const me: Person = { userId: user.id, userName: user.userName };
  log('info', 'signed in', { user: me.userName, server: serverUrl });
  return {
    call,
    pause: (milliseconds) => pause(milliseconds, signal),
    me: () => me,
    stop: () => stopping.abort(),
  };
};
