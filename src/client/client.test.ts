/** Against a server of Node's own, so that every status, silence and refusal is a real one. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { createIdentity, deleteIdentity, describeIdentity, listIdentities } from '#contract/identities.ts';
import { createClient, type Exchanged } from './client.ts';
import { allPages } from './pages.ts';
import type { ClientProblem } from './problem.ts';
import type { RetryPolicy } from './retry.ts';

type Answer = (request: IncomingMessage & { body: string }, response: ServerResponse) => void;
const opened: { close(): void }[] = [];
afterEach(() => {
  for (const server of opened.splice(0)) server.close();
});

const serve = async (answer: Answer) => {
  const asked: (IncomingMessage & { body: string })[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    request.on('end', () => {
      const whole = Object.assign(request, { body });
      asked.push(whole);
      answer(whole, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  opened.push({
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
};

const json = (response: ServerResponse, status: number, body: unknown, headers = {}) =>
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));

const problemOf = (work: Promise<unknown>): Promise<ClientProblem> =>
  work.then(
    () => Promise.reject(new Error('no problem at all')),
    (error: unknown) => error as ClientProblem,
  );

const quick: RetryPolicy = { busyMs: 3_000, failures: 2 };
const none = { managedIdentities: [], totalSize: 0 };

describe('a call', () => {
  test('puts ids into the path, what is given into the query, the token into a header', async () => {
    const { url, asked } = await serve((_, response) => json(response, 200, none));
    const client = createClient({ serverUrl: `${url}/`, headers: () => ({ authorization: 'Bearer t' }) });
    expect(await client.call(listIdentities, { query: { orgId: 3, search: 'a&b' } })).toEqual(none);
    expect(asked[0]?.url).toBe('/api/identities?orgId=3&search=a%26b');
    expect(asked[0]?.headers).toMatchObject({ authorization: 'Bearer t', accept: 'application/json' });
  });

  test('finds the API whether or not the address names it', async () => {
    const { url, asked } = await serve((_, response) => json(response, 200, none));
    for (const serverUrl of [url, `${url}/api`, `${url}/api/`])
      await createClient({ serverUrl }).call(listIdentities, {});
    expect(asked.map((request) => request.url)).toEqual(Array(3).fill('/api/identities'));
  });

  test('refuses an empty id, which would be the address of something else', async () => {
    const { url, asked } = await serve((_, response) => response.writeHead(204).end());
    const client = createClient({ serverUrl: url });
    await expect(client.call(deleteIdentity, { params: { managedIdentityId: '' } })).rejects.toThrow(
      TypeError,
    );
    expect(asked).toHaveLength(0);
  });

  test('tells what was exchanged, without query and body', async () => {
    const { url } = await serve((_, response) => json(response, 200, none, { 'x-request-id': 'r1' }));
    const told: Exchanged[] = [];
    const client = createClient({ serverUrl: url, onExchange: (one) => told.push(one) });
    await client.call(listIdentities, { query: { search: 'secret' } });
    expect(told).toMatchObject([{ method: 'GET', path: '/identities', status: 200, requestId: 'r1' }]);
    expect(JSON.stringify(told)).not.toContain('secret');
  });
});

describe('a problem', () => {
  test("is the server's own sentence, with its conflicts", async () => {
    const conflicts = [{ type: 'workflow', id: 'a1', name: 'run', url: 'http://x/a1' }];
    const { url } = await serve((_, response) => json(response, 409, { message: 'In use.', conflicts }));
    const call = createClient({ serverUrl: url }).call(deleteIdentity, { params: { managedIdentityId: 1 } });
    expect(await problemOf(call)).toMatchObject({
      kind: 'refused',
      status: 409,
      message: 'In use.',
      conflicts,
    });
  });

  test('something else that answers is not taken for the API', async () => {
    const page = await serve((_, response) =>
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
    );
    const found = await problemOf(createClient({ serverUrl: page.url }).call(listIdentities, {}));
    expect(found).toMatchObject({ kind: 'unintelligible', status: 200 });
    const moved = await serve((_, response) => response.writeHead(302, { location: page.url }).end());
    expect(await problemOf(createClient({ serverUrl: moved.url }).call(listIdentities, {}))).toMatchObject({
      kind: 'unintelligible',
      status: 302,
    });
    expect(page.asked).toHaveLength(1);
  });

  test('a server that is not there did nothing; one that hangs up may have', async () => {
    const { url } = await serve((request) => void request.socket.destroy());
    const client = createClient({ serverUrl: url });
    const body = { name: 'hpc', platform: 'slurm-platform' } as const;
    expect(await problemOf(client.call(createIdentity, { body }))).toMatchObject({ kind: 'unknown' });
    const gone = await serve(() => undefined);
    opened.pop()?.close();
    const problem = await problemOf(createClient({ serverUrl: gone.url }).call(listIdentities, {}));
    expect(problem).toMatchObject({ kind: 'unreachable' });
    expect(problem.message).toMatch(/^http:\/\/127\.0\.0\.1:\d+ cannot be reached: .*ECONNREFUSED/);
  });
});

describe('trying again', () => {
  const failing = async (times: number, fail: Answer) => {
    let count = 0;
    return serve((request, response) => {
      count += 1;
      if (count <= times) fail(request, response);
      else json(response, 200, none);
    });
  };

  test.each([429, 503])('%i: anything, as often as it takes', async (status) => {
    const { url, asked } = await failing(2, (_, response) => json(response, status, { message: 'busy' }));
    const client = createClient({ serverUrl: url, retry: quick });
    expect(await client.call(listIdentities, {})).toEqual(none);
    expect(asked).toHaveLength(3);
  });

  test('waits as long as the server says', async () => {
    const { url } = await failing(1, (_, response) =>
      json(response, 429, { message: 'busy' }, { 'retry-after': '1' }),
    );
    const begun = Date.now();
    await createClient({ serverUrl: url, retry: quick }).call(listIdentities, {});
    expect(Date.now() - begun).toBeGreaterThanOrEqual(995);
  });

  test('gives up in time, with what the server said', async () => {
    const { url } = await failing(99, (_, response) => json(response, 429, { message: 'busy' }));
    const client = createClient({ serverUrl: url, retry: { busyMs: 300, failures: 2 } });
    expect(await problemOf(client.call(listIdentities, {}))).toMatchObject({ status: 429, message: 'busy' });
  });

  test('a change whose outcome is unknown is not made twice; a question is asked again', async () => {
    const { url, asked } = await failing(1, (request) => void request.socket.destroy());
    const client = createClient({ serverUrl: url, retry: quick });
    const body = { name: 'hpc', platform: 'slurm-platform' } as const;
    expect(await problemOf(client.call(createIdentity, { body }))).toMatchObject({ kind: 'unknown' });
    expect(asked).toHaveLength(1);
    const again = await failing(1, (request) => void request.socket.destroy());
    const other = createClient({ serverUrl: again.url, retry: quick });
    expect(await other.call(listIdentities, {})).toEqual(none);
  });

  test('a refusal is final', async () => {
    const { url, asked } = await failing(1, (_, response) => json(response, 400, { message: 'name: bad' }));
    const call = createClient({ serverUrl: url, retry: quick }).call(listIdentities, {});
    expect(await problemOf(call)).toMatchObject({ status: 400 });
    expect(asked).toHaveLength(1);
  });

  test('who cancels ends the wait and the reading, but not a change under way', async () => {
    const { url, asked } = await serve((_, response) => json(response, 503, { message: 'busy' }));
    const stop = new AbortController();
    const client = createClient({
      serverUrl: url,
      retry: { busyMs: 60_000, failures: 2, onRetry: () => stop.abort() },
    });
    const call = client.call(listIdentities, {}, { signal: stop.signal });
    expect(await problemOf(call)).toMatchObject({ kind: 'cancelled' });
    expect(asked).toHaveLength(1);

    const late = new AbortController();
    const slow = await serve((_, response) => {
      late.abort();
      setTimeout(() => response.writeHead(204).end(), 100);
    });
    const patient = createClient({ serverUrl: slow.url, retry: quick });
    const params = { managedIdentityId: 1 };
    expect(await patient.call(deleteIdentity, { params }, { signal: late.signal })).toBeUndefined();
    const reading = patient.call(describeIdentity, { params }, { signal: late.signal });
    expect(await problemOf(reading)).toMatchObject({ kind: 'cancelled' });
  });
});

test('all pages of a list', async () => {
  const rows = Array.from({ length: 250 }, (_, index) => index);
  const asked: number[] = [];
  const found = await allPages(async ({ max, offset }) => {
    asked.push(offset);
    return { rows: rows.slice(offset, offset + max), totalSize: rows.length };
  });
  expect(found).toEqual(rows);
  expect(asked).toEqual([0, 100, 200]);
});
