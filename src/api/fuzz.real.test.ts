/** Promise 28: any bytes to any endpoint. On both databases. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { routes } from '#contract/routes.ts';
import { startApi } from '#test/support/api.ts';
import { onBothDatabases } from '#test/support/databases.ts';

const word = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    '',
    '0',
    '-1',
    '1e400',
    '99999999999999999999',
    '../..',
    '%00',
    '\0',
    "'; drop table users;--",
    '\ud800',
  ),
);
const value: fc.Arbitrary<unknown> = fc.oneof(
  { depthSize: 'small' },
  word,
  fc.integer(),
  fc.double(),
  fc.constantFrom(null, true, [], {}),
  fc.array(word, { maxLength: 3 }),
);
const keys = [
  'name', 'platform', 'config', 'hostName', 'port', 'environment', 'managedIdentity', 'credentials', 'keys', 'privateKey',
  'metadata', 'userName', 'value', 'launch', 'pipeline', 'computeEnv', 'credentialsId', 'managedIdentityId', 'workspace',
  'organization', 'role', 'user', 'memberId', 'userNameOrEmail', 'password', 'confirm', 'hostKeys', '__proto__', 'constructor',
]; // biome-ignore format: a list of words
const sensible: Record<string, unknown> = { platform: 'slurm-platform', provider: 'ssh', role: 'view' };
const object = fc.letrec((tie) => ({
  tree: fc.dictionary(fc.constantFrom(...keys), fc.oneof({ maxDepth: 4 }, value, tie('tree')), {
    maxKeys: 6,
  }),
})).tree;
const body = fc.oneof(
  object.map((tree) => JSON.stringify({ ...(tree as object), ...sensible })),
  fc.json(),
  word,
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  fc.constantFrom('['.repeat(50_000), `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`),
);

const request = fc.record({
  route: fc.constantFrom(...routes),
  id: fc.oneof(word, fc.constantFrom('1', '2', 'AAAA')),
  query: fc.dictionary(
    fc.constantFrom(
      'orgId',
      'workspaceId',
      'userId',
      'max',
      'offset',
      'search',
      'name',
      'checked',
      'next',
      'fileName',
      'platformId',
      'status',
    ),
    word,
    { maxKeys: 4 },
  ),
  body,
  type: fc.constantFrom(
    'application/json',
    'application/json; charset=utf-16',
    'text/plain',
    'application/x-www-form-urlencoded',
    '',
  ),
  known: fc.boolean(),
});

onBothDatabases(({ open, name }) => {
  test('promise 28: any bytes to any endpoint: an answer below 500 in bounded time, nothing changed by a refusal', async () => {
    const store = await open();
    const api = await startApi(store);
    const owner = await api.organisation('acme', 'olivia');
    await api.call('POST', '/api/identities', {
      as: owner,
      body: {
        name: 'hpc',
        platform: 'slurm-platform',
        config: { hostName: 'login.example.org', workDir: '/w' },
      },
    });
    const lastRecord = async () => (await store.audit.list({ max: 1 }))[0]?.id;
    const statuses = new Map<number, number>();
    await fc.assert(
      fc.asyncProperty(request, async ({ route, id, query, body: payload, type, known }) => {
        const path = route.path.replaceAll(/\{\w+\}/g, () => encodeURIComponent(id.toWellFormed()));
        const before = await lastRecord();
        const search = new URLSearchParams(query);
        const started = performance.now();
        const answer = await api.app.inject({
          method: route.method,
          url: `/api${path}?${search.toString()}`,
          headers: {
            ...(known && { authorization: `Bearer ${owner.token}` }),
            ...(type !== '' && { 'content-type': type }),
          },
          ...(route.method !== 'GET' && { payload }),
        });
        const what = `${route.operationId} ${answer.statusCode} ${answer.body.slice(0, 300)}`;
        if (performance.now() - started > 5_000) throw new Error(`took too long: ${what}`);
        if (answer.statusCode >= 500) throw new Error(what);
        statuses.set(answer.statusCode, (statuses.get(answer.statusCode) ?? 0) + 1);
        if (answer.statusCode < 400) return;
        if (typeof answer.json<{ message: unknown }>().message !== 'string')
          throw new Error(`no message: ${what}`);
        // A refused password is told to the audit log; nothing else is.
        if (route.operationId !== 'SignIn' && (await lastRecord()) !== before)
          throw new Error(`changed: ${what}`);
      }),
      { numRuns: name === 'SQLite' ? 1_500 : 500, interruptAfterTimeLimit: 40_000 },
    );
    // The walls were reached, and what lies behind them too.
    expect([...statuses.keys()]).toEqual(expect.arrayContaining([200, 400, 401, 404]));
  });
});
