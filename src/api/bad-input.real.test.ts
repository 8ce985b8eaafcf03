/** Hostile requests, as real clients and attackers send them: a plain refusal that names the field and the cure. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { startApi } from '#test/support/api.ts';
import { onBothDatabases } from '#test/support/databases.ts';

const json = { 'content-type': 'application/json' };

/** What comes back for bytes that no client library would send; asked for again while nothing has. */
const answerTo = async (port: number, head: string, more?: () => string): Promise<string> => {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  let answer = '';
  socket.setEncoding('utf8').on('data', (data: string) => (answer += data));
  socket.on('error', () => {});
  socket.write(head);
  const pump = more && setInterval(() => socket.write(more()), 1);
  await expect.poll(() => answer, { timeout: 20_000 }).toContain('}');
  clearInterval(pump);
  socket.destroy();
  return answer;
};

onBothDatabases(({ open }) => {
  const world = async (settings = {}) => {
    const api = await startApi(await open(), settings);
    const owner = await api.organisation('acme', 'olivia');
    /** Status and message. */
    const say = async (method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown) => {
      const { statusCode, body: text } = await api.call(method, `/api${path}`, {
        as: owner,
        ...(body !== undefined && { body, headers: json }),
      });
      return [statusCode, text === '' ? null : (JSON.parse(text) as { message?: string }).message];
    };
    return { api, owner, say };
  };

  test('a number is digits: nothing else is taken for one', async () => {
    const { owner, say } = await world();
    const days = 'days: must be a whole number from 1 to 3650';
    for (const odd of [true, [5], '0x10', '1e1', ' 5', '5.0', [], {}, 1.5, -1, '99999999999999999999'])
      expect(await say('POST', '/tokens', { name: 'a', days: odd }), JSON.stringify(odd)).toEqual([
        400,
        days,
      ]);
    for (const good of [5, '5'])
      expect(await say('POST', '/tokens', { name: 'a', days: good })).toEqual([200, undefined]);
    const token = 'tokenId: must be a whole number from 1 to 9007199254740991';
    for (const odd of ['0x1', '1e0', '%201', '1.0', '-1', '0', 'true', '9007199254740992'])
      expect(await say('DELETE', `/tokens/${odd}`), odd).toEqual([400, token]);
    const max = 'max: must be a whole number from 0 to 1000';
    for (const odd of ['-1', '1e3', '0x10', '1001', 'NaN', '1&max=2'])
      expect(await say('GET', `/workflow?workspaceId=${owner.workspaceId}&max=${odd}`), odd).toEqual([
        400,
        max,
      ]);
  });

  test('each field is named once, with what is wrong with it', async () => {
    const { say } = await world();
    expect(await say('POST', '/tokens', { name: 'a', orgId: 2 ** 60, workspaceId: -1 })).toEqual([
      400,
      'orgId: must be a whole number from 0 to 9007199254740991; workspaceId: must be a whole number from 0 to 9007199254740991',
    ]);
    expect(await say('POST', '/orgs', { organization: { name: 'x'.repeat(200), fullName: 'x' } })).toEqual([
      400,
      'organization.name: is too long: at most 40 characters',
    ]);
  });

  test('what a console makes a link of leads to a web page', async () => {
    const { say } = await world();
    const make = (name: string, website: string) => say('POST', '/orgs', { organization: { name, website } });
    for (const odd of ['javascript:alert(1)', ' JavaScript:alert(1)', 'data:text/html,x', 'example.org:x'])
      expect(await make('odd', odd), odd).toEqual([
        400,
        'organization.website: must be an address that begins with https:// or http://',
      ]);
    for (const [index, good] of ['https://example.org', 'HTTP://a/b:c', 'www.example.org/a:b'].entries())
      expect(await make(`good-${index}`, good), good).toEqual([200, undefined]);
  });

  test('what is no JSON is called so, and what is no text too', async () => {
    const { say } = await world();
    for (const body of ['{"name":', '[', '{"name":"x"} x', '{"__proto__":{"name":"x"}}', '{"name":NaN}'])
      expect(await say('POST', '/tokens', body), body).toEqual([400, 'body: is not valid JSON']);
    for (const body of ['[]', '5', '"x"'])
      expect(await say('POST', '/tokens', body)).toEqual([400, 'body: must be an object']);
    const unicode = 'name: holds half of a character: text must be whole Unicode';
    expect(await say('POST', '/tokens', '{"name":"\\ud800"}')).toEqual([400, unicode]);
    expect(await say('POST', '/tokens', { name: '\u{1f9ec}' })).toEqual([200, undefined]);
    expect(await say('POST', '/tokens', { name: 'a\0' })).toEqual([
      400,
      'name: NUL characters are not allowed',
    ]);
  });

  test('what comes as JSON within a text is looked at as well, and so are names', async () => {
    const { owner, say } = await world();
    const submit = (more: object) =>
      say('POST', `/ga4gh/wes/v1/runs?workspaceId=${owner.workspaceId}`, { workflow_url: 'a/b', ...more });
    const tags = 'tags: must be an object of texts without NUL characters, or the same as JSON';
    for (const odd of [
      '{"a":"\\u0000"}',
      '{"a\\u0000":"x"}',
      '{"a":"\\ud800"}',
      { 'a\0': 'x' },
      '[',
      '5',
      ['x'],
    ])
      expect(await submit({ tags: odd }), JSON.stringify(odd)).toEqual([400, tags]);
    expect(await submit({ workflow_engine_parameters: { workspaceId: owner.workspaceId + 1 } })).toEqual([
      400,
      'workflow_engine_parameters.workspaceId: the address names another workspace',
    ]);
  });

  test('keys that nobody knows are passed over, wherever they stand', async () => {
    const { api, owner, say } = await world();
    expect(await say('POST', '/tokens', { name: 'a', unknown: { deep: [1] }, constructor: {} })).toEqual([
      200,
      undefined,
    ]);
    expect(
      await say('POST', '/orgs', { organization: { name: 'b', fullName: 'b', paying: true }, more: 1 }),
    ).toEqual([200, undefined]);
    const path = `/api/workflow?workspaceId=${owner.workspaceId}&unknown=x&max[]=3`;
    expect((await api.call('GET', path, { as: owner })).statusCode).toBe(200);
  });

  test('a body that says nothing but costs much is refused before it is parsed', async () => {
    const { say } = await world();
    expect(await say('POST', '/tokens', '['.repeat(600_000))).toEqual([
      400,
      'body: nested too deep: at most 64 levels',
    ]);
    expect(await say('POST', '/tokens', `[${'[],'.repeat(300_000)}1]`)).toEqual([
      400,
      'body: holds more than 200000 values: send fewer at once',
    ]);
  });

  test('from strangers only small bodies are read, and none where there is nothing', async () => {
    const { api } = await world();
    const send = async (path: string, bytes: number) => {
      const payload = JSON.stringify({ userNameOrEmail: 'x', password: 'y', more: 'z'.repeat(bytes) });
      const answer = await api.app.inject({ method: 'POST', url: `/api${path}`, headers: json, payload });
      return [answer.statusCode, answer.json<{ message: string }>().message];
    };
    expect(await send('/auth/sign-in', 10_000)).toEqual([401, 'User name or password is wrong']);
    expect(await send('/auth/sign-in', 20_000)).toEqual([
      413,
      expect.stringContaining('16 KB before signing in'),
    ]);
    await api.app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = api.app.server.address() as { port: number };
    const endless = (path: string, more = '') =>
      answerTo(
        port,
        `POST ${path} HTTP/1.1\r\nHost: a\r\n${more}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`,
        () => `1000\r\n${' '.repeat(4096)}\r\n`,
      );
    expect(await endless('/api/nothing')).toMatch(/^HTTP\/1.1 404 [^]*There is nothing at this address/);
    expect(await endless('/api/tokens')).toMatch(/^HTTP\/1.1 401 /);
    expect(await endless('/api/auth/sign-in')).toMatch(/^HTTP\/1.1 413 [^]*The request is too large/);
    await api.app.close();
  });

  test('what is no request gets a plain refusal as well', async () => {
    const { api } = await world();
    await api.app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = api.app.server.address() as { port: number };
    const query = Array.from({ length: 10_000 }, (_, index) => `a${index}=1`).join('&');
    const tooLong =
      /^HTTP\/1.1 431 [^]*\r\n\r\n\{"message":"Address and headers are too long: at most 16 KB together/;
    expect(await answerTo(port, `GET /api/workflow?${query} HTTP/1.1\r\nHost: a\r\n\r\n`)).toMatch(tooLong);
    expect(await answerTo(port, `GET / HTTP/1.1\r\nHost: a\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`)).toMatch(
      tooLong,
    );
    const malformed = /^HTTP\/1.1 400 [^]*\r\n\r\n\{"message":"This is not a well-formed HTTP request"\}/;
    for (const head of [
      '\x16\x03\x01\0',
      'GET /a b HTTP/1.1\r\nHost: a\r\n\r\n',
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
    ])
      expect(await answerTo(port, head)).toMatch(malformed);
    const long = await api.call('GET', `/api/workflow/${'a'.repeat(300)}`);
    expect([long.statusCode, long.json()]).toEqual([
      414,
      { message: 'A part of the address between slashes is too long: at most 256 characters' },
    ]);
    await api.app.close();
  });

  test('a limit counts each token by itself, a run by itself, and never what a run reports', async () => {
    const { api, owner } = await world({ requestsPerMinute: 3 });
    const { accessKey } = (
      await api.call('POST', '/api/tokens', { as: owner, body: { name: 'second' } })
    ).json<{ accessKey: string }>();
    const statuses = async (method: 'GET' | 'PUT', path: string, token: string, times: number) => {
      const found = [];
      for (let count = 0; count < times; count += 1)
        found.push((await api.call(method, `/api${path}`, { as: { token } })).statusCode);
      return found;
    };
    expect(await statuses('GET', '/user-info', owner.token, 4)).toEqual([200, 200, 429, 429]);
    expect(await statuses('GET', '/user-info', accessKey, 4)).toEqual([200, 200, 200, 429]);
    // Nextflow drops what it is told to wait with.
    const heartbeat = `/trace/nobody/heartbeat?workspaceId=${owner.workspaceId}`;
    expect(await statuses('PUT', heartbeat, owner.token, 10)).toEqual(Array(10).fill(404));
    expect(await statuses('PUT', heartbeat, 'wrong', 10)).toEqual(Array(10).fill(401));
    // Whoever guesses is counted by address.
    expect(await statuses('GET', '/user-info', 'wrong', 5)).toEqual([401, 401, 401, 429, 429]);
  });
});
