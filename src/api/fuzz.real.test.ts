/**
 * Promise 28: any bytes to any endpoint. Requests are made from each route's own schemas, so that many of them reach the
 * action behind it. Short among the tests; `npm run fuzz -- --minutes N` goes on for as long as it is told. Both databases.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Route } from '#contract/route.ts';
import { routes } from '#contract/routes.ts';
import type { Store } from '#core/ports/store.ts';
import { accessWorld } from '#test/support/access-world.ts';
import { onBothDatabases } from '#test/support/databases.ts';
import { fromSchema, hostile, hostileWord, type Sensible } from '#test/support/from-schema.ts';

const minutes = Number(process.env['LATCHKEY_TEST_FUZZ_MINUTES'] ?? 0);
const longestAnswerMs = 10_000;

/** What nothing would be left after: asked for by somebody whose things nobody else needs. */
const endOfEverything = new Set([
  'DeleteAllTokens',
  'DeleteUser',
  'DeleteOrganization',
  'DeleteWorkspace',
  'LeaveOrganization',
  'EndOtherSessions',
]);

/** A refusal that the audit log is told about, because it is one. */
const toldRefusals = new Set([
  'SignIn',
  'CreateManagedCredentials',
  'UpdateManagedCredentials',
  'ValidateComputeEnv',
]);

type Ids = Record<string, string | number>;

const sensibleFor = (ids: Ids): Sensible => ({
  ...Object.fromEntries(Object.entries(ids).map(([name, id]) => [name, [id]])),
  labelIds: [[ids['labelId']], []],
  workflowIds: [[ids['workflowId']]],
  pipelineIds: [[ids['pipelineId']]],
  platform: ['slurm-platform', 'lsf-platform', 'uge-platform', 'altair-platform', 'moab-platform'],
  discriminator: ['slurm-platform', 'ssh'],
  provider: ['ssh'],
  hostName: ['login.example.org'],
  workDir: ['/work'],
  launchDir: ['/launch'],
  privateKey: ['-----BEGIN OPENSSH PRIVATE KEY-----\nx\n-----END OPENSSH PRIVATE KEY-----\n'],
  pipeline: ['https://example.org/hello'],
  role: ['view', 'LAUNCH', 'member'],
  name: ['name-1', 'name-2', 'name-3'],
  user: ['oscar', 'org-member'],
  userNameOrEmail: ['oscar', 'wsp-view@example.org'],
  paramsText: ['{"a":1}', 'a: 1'],
  password: ['correct horse battery'],
  visibility: ['PRIVATE', 'all'],
  max: [0, 1, 20],
  offset: [0, 5],
});

interface Asked {
  url: string;
  payload: string | Buffer | undefined;
  type: string;
  known: boolean;
}

const search = (query: unknown): string => {
  if (typeof query !== 'object' || query === null) return '';
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    for (const one of [value].flat())
      params.append(
        name.toWellFormed(),
        (typeof one === 'string' ? one : (JSON.stringify(one) ?? '')).toWellFormed(),
      );
  return params.toString().slice(0, 30_000);
};

const jsonOf = (value: unknown): string => JSON.stringify(value, (_, one) => one as unknown) ?? 'null';

const rawBody: fc.Arbitrary<string | Buffer> = fc.oneof(
  fc.json(),
  hostileWord,
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  hostile.map(jsonOf),
  fc.constantFrom('['.repeat(50_000), `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`),
);

/** A request for one route: its own ids or odd ones, its own fields or any bytes. */
const requestFor = (route: Route, ids: Ids, sensible: Sensible): fc.Arbitrary<Asked> => {
  const names = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  const idFor = (name: string) =>
    fc.oneof(
      { weight: 12, arbitrary: fc.constant(String(ids[name] ?? 1)) },
      { weight: 1, arbitrary: fc.oneof(hostileWord, fc.constantFrom('7', '2', 'AAAA')) },
    );
  const body = route.body
    ? fc.oneof(
        { weight: 7, arbitrary: fromSchema(route.body, sensible).map(jsonOf) },
        { weight: 1, arbitrary: rawBody },
      )
    : fc.oneof(fc.constant(undefined), rawBody);
  return fc
    .record({
      path: fc.tuple(...names.map(idFor)),
      query: route.query
        ? fromSchema(route.query, sensible)
        : fc.dictionary(hostileWord, hostileWord, { maxKeys: 2 }),
      walls: fc.boolean(),
      payload: body,
      type: fc.oneof(
        { weight: 12, arbitrary: fc.constant('application/json') },
        {
          weight: 1,
          arbitrary: fc.constantFrom(
            'application/json; charset=utf-16',
            'text/plain',
            'application/x-www-form-urlencoded',
            'multipart/form-data; boundary=x',
            '',
          ),
        },
      ),
      known: fc.oneof(
        { weight: 20, arbitrary: fc.constant(true) },
        { weight: 1, arbitrary: fc.constant(false) },
      ),
    })
    .map(({ path, query, walls, payload, type, known }) => {
      const within = walls ? { workspaceId: ids['workspaceId'], orgId: ids['orgId'] } : {};
      let index = -1;
      const filled = route.path.replaceAll(/\{\w+\}/g, () => {
        index += 1;
        return encodeURIComponent((path[index] ?? '').toWellFormed().slice(0, 2_000));
      });
      const asked = typeof query === 'object' && query !== null ? { ...within, ...query } : within;
      return { url: `/api${filled}?${search(asked)}`, payload, type, known };
    });
};

type Reached = Map<string, Set<number>>;

/** What is deleted stays so: a fresh world now and then keeps things to be found. */
const requestsPerWorld = 300;

const inOneWorld = async (store: Store, reached: Reached, timeLimitMs: number): Promise<void> => {
  const { api, owner, outsider, ids } = await accessWorld(store, {});
  const outside = { ...ids, orgId: outsider.orgId, workspaceId: outsider.workspaceId, userId: outsider.id };
  const asks = routes.map((route) => {
    const ends = endOfEverything.has(route.operationId);
    const own = ends ? outside : ids;
    const request = requestFor(route, own, sensibleFor(own));
    return request.map((asked) => ({ route, as: ends ? outsider : owner, asked }));
  });
  /** Checks of environments go on behind the answers: only what carries this request's number was done by it. */
  const recordOf = async (requestId: unknown) =>
    (await store.audit.list({ max: 5 })).find(({ correlationId }) => correlationId === requestId);
  await fc.assert(
    fc.asyncProperty(fc.oneof(...asks), async ({ route, as, asked: { url, payload, type, known } }) => {
      const started = performance.now();
      const answer = await api.app.inject({
        method: route.method,
        url,
        headers: {
          ...(known && { authorization: `Bearer ${as.token}` }),
          ...(type !== '' && { 'content-type': type }),
        },
        ...(route.method !== 'GET' && payload !== undefined && { payload }),
      });
      const what = `${route.operationId} ${answer.statusCode} ${answer.body.slice(0, 300)}`;
      if (performance.now() - started > longestAnswerMs) throw new Error(`took too long: ${what}`);
      if (answer.statusCode >= 500) throw new Error(what);
      reached.set(route.operationId, (reached.get(route.operationId) ?? new Set()).add(answer.statusCode));
      if (answer.statusCode < 400) return;
      if (typeof answer.json<{ message: unknown }>().message !== 'string')
        throw new Error(`no message: ${what}`);
      const record = toldRefusals.has(route.operationId)
        ? undefined
        : await recordOf(answer.headers['x-request-id']);
      if (record) throw new Error(`changed: ${what} (${record.event})`);
    }),
    { numRuns: requestsPerWorld, interruptAfterTimeLimit: timeLimitMs, markInterruptAsFailure: false },
  );
};

onBothDatabases(({ open, name }) => {
  const worlds = name === 'SQLite' ? 8 : 2;
  const limitMs = minutes > 0 ? (minutes * 60_000) / 2 : 60_000;

  test(
    'promise 28: any bytes to any endpoint: an answer below 500 in bounded time, nothing changed by a refusal',
    async () => {
      const reached: Reached = new Map();
      const until = performance.now() + limitMs;
      for (let world = 0; (minutes > 0 || world < worlds) && performance.now() < until; world += 1)
        await inOneWorld(await open(), reached, until - performance.now());
      // It got behind the walls, and behind the schemas: many routes did what they are for at least once.
      const all = [...reached.values()];
      const statuses = new Set(all.flatMap((each) => [...each]));
      expect([...statuses]).toEqual(expect.arrayContaining([200, 204, 400, 401, 404]));
      const done = all.filter((each) => each.has(200) || each.has(201) || each.has(204)).length;
      expect(done / routes.length).toBeGreaterThan(name === 'SQLite' ? 0.5 : 0.2);
    },
    limitMs + 120_000,
  );
});
