/** The stop button of a cluster as people press it, on both databases. */
import { expect, test } from 'vitest';
import { startApi } from '#test/support/api.ts';
import { aManagedCredential, onBothDatabases } from '#test/support/databases.ts';

onBothDatabases(({ open }) => {
  const world = async () => {
    const store = await open();
    const told: ReadonlyMap<string, string>[] = [];
    const never = () => Promise.reject(new Error('nothing may connect'));
    const clusters = {
      run: never,
      scanHostKeys: never,
      closeChannels: () => 0,
      suspend: (now: ReadonlyMap<string, string>) => void told.push(new Map(now)),
    };
    const api = await startApi(store, {}, {}, { clusters });
    const olga = await api.organisation('acme', 'olga');
    const body = { name: 'hpc', platform: 'slurm-platform', config: { hostName: 'login.example.org' } };
    const made = await api.call('POST', '/api/identities', { as: olga, body });
    const path = `/api/identities/${made.json().id}`;
    return { store, api, olga, path, id: made.json<{ id: number }>().id, told };
  };

  test('suspended: shown with who, when and why, told to the channels, audited; again changes nothing', async () => {
    const { store, api, olga, path, id, told } = await world();
    expect((await api.call('GET', path, { as: olga })).json().suspended).toBeUndefined();
    const body = { reason: 'maintenance' };
    const answer = await api.call('POST', `${path}/suspend`, { as: olga, body });
    const suspended = { since: '2026-01-01T00:00:00.000Z', by: 'olga', reason: 'maintenance' };
    expect([answer.statusCode, answer.json().suspended]).toEqual([200, suspended]);
    expect(told.at(-1)?.get(`identity:${id}`)).toBe(
      'managed identity hpc is suspended: olga stopped it on 2026-01-01 00:00 UTC (maintenance). ' +
        'Nothing connects to it until an owner resumes it.',
    );
    api.clock.advance(60_000);
    expect((await api.call('POST', `${path}/suspend`, { as: olga, body: {} })).json().suspended).toEqual(
      suspended,
    );
    expect((await api.call('GET', path, { as: olga })).json().suspended).toEqual(suspended);

    const resumed = await api.call('POST', `${path}/resume`, { as: olga });
    expect([resumed.statusCode, resumed.json().suspended]).toEqual([200, undefined]);
    expect(told.at(-1)?.size).toBe(0);
    expect((await api.call('POST', `${path}/resume`, { as: olga })).statusCode).toBe(200);
    const events = (await store.audit.list({ max: 100 })).filter(({ event }) => /suspend|resume/.test(event));
    expect(events.map(({ event, state }) => [event, state.metadata])).toEqual([
      ['managed_identity_resumed', { suspendedBy: 'olga', suspendedForMs: 60_000, runsGoingOn: 0 }],
      ['managed_identity_suspended', { reason: 'maintenance', runsWaiting: 0 }],
    ]);
  });

  test('an owner lets refused keys of one cluster be offered again, suspended or not', async () => {
    const { store, api, olga, path, id } = await world();
    const noted = async (clusterKey: string, credential: string) =>
      store.refusedKeys.note({ way: `${clusterKey} ${credential}`, clusterKey, credential }, 1);
    const here = `identity:${id}`;
    await Promise.all([noted(here, 'managed:1'), noted(here, 'managed:2'), noted('identity:0', 'managed:3')]);
    const { id: row } = await store.managedCredentials.insert(
      aManagedCredential({ id, organisationId: olga.orgId }, olga.id, {
        status: 'refused',
        message: 'no such account',
      }),
    );
    const checked = async () => (await store.managedCredentials.findById(row))?.status;
    const left = async () =>
      (await store.refusedKeys.find([`${here} managed:1`, `${here} managed:2`, 'identity:0 managed:3']))
        .length;
    const alice = await api.person('alice', 'acme');
    expect((await api.call('POST', `${path}/resume`, { as: alice })).statusCode).toBe(403);
    expect(await left()).toBe(3);
    expect(await checked()).toBe('refused');
    expect((await api.call('POST', `${path}/resume`, { as: olga })).statusCode).toBe(200);
    expect(await left()).toBe(1);
    expect(await store.managedCredentials.findById(row)).toMatchObject({
      status: 'unverified',
      message: expect.stringMatching(/offered again.*no such account/),
    });
    await noted(here, 'managed:2');
    await api.call('POST', `${path}/suspend`, { as: olga, body: {} });
    expect((await api.call('POST', `${path}/resume`, { as: olga })).statusCode).toBe(200);
    expect(await left()).toBe(1);
    const [second, first] = await store.audit.list({ max: 2, event: 'managed_identity_resumed' });
    expect(first?.state.metadata).toEqual({
      runsGoingOn: 0,
      keysOfferedAgain: 2,
      refusedChecksForgotten: 1,
    });
    expect(second?.state.metadata).toMatchObject({ suspendedBy: 'olga', keysOfferedAgain: 1 });
  });

  test('while suspended: scans and checks are a 409 that says so, a key is kept untried', async () => {
    const { api, olga, path } = await world();
    await api.call('POST', `${path}/suspend`, { as: olga, body: {} });
    const said = /hpc is suspended: olga stopped it/;
    const scan = await api.call('GET', `${path}/host-keys?scan=true`, { as: olga });
    expect([scan.statusCode, scan.json().message]).toEqual([409, expect.stringMatching(said)]);
    const saved = await api.call('POST', `${path}/credentials`, {
      as: olga,
      body: {
        provider: 'ssh',
        metadata: { userName: 'olga' },
        credentials: { provider: 'ssh', keys: { privateKey: 'PRIVATE KEY', passphrase: '' } },
      },
    });
    expect([saved.statusCode, saved.json().status]).toEqual([200, 'unverified']);
    expect(saved.json().message).toMatch(said);
    const verified = await api.call('POST', `${path}/credentials/${olga.id}/verify`, { as: olga });
    expect([verified.statusCode, verified.json().message]).toEqual([409, expect.stringMatching(said)]);
    const env = await api.call('POST', `/api/compute-envs?workspaceId=${olga.workspaceId}`, {
      as: olga,
      body: {
        computeEnv: {
          name: 'e',
          platform: 'slurm-platform',
          managedIdentityId: Number(path.split('/').at(-1)),
          config: { workDir: '/w' },
        },
      },
    });
    const validate = await api.call(
      'POST',
      `/api/compute-envs/${env.json().computeEnvId}/validate?workspaceId=${olga.workspaceId}`,
      { as: olga },
    );
    expect([validate.statusCode, validate.json().message]).toEqual([409, expect.stringMatching(said)]);
  });

  test('budgets: defaults shown, a change is checked, kept and audited; what is left out is the default', async () => {
    const { store, api, olga, path } = await world();
    const budget = async () => (await api.call('GET', path, { as: olga })).json().budget;
    const defaults = {
      connections: 50,
      connectionsPerMinute: 60,
      commandsPerSecond: 20,
      submissionsPerMinute: 60,
      logBytesPerSecond: 10_000_000,
    };
    expect(await budget()).toEqual(defaults);
    const put = (given: unknown) => api.call('PUT', path, { as: olga, body: { budget: given } });
    expect((await put({ connections: 3, submissionsPerMinute: 10 })).statusCode).toBe(204);
    expect(await budget()).toEqual({ ...defaults, connections: 3, submissionsPerMinute: 10 });
    expect((await api.call('PUT', path, { as: olga, body: { name: 'hpc2' } })).statusCode).toBe(204);
    expect((await budget()).connections).toBe(3);
    const [edited] = await store.audit.list({ max: 1, event: 'managed_identity_edited' });
    expect(edited?.state.newState).toMatchObject({ budget: { connections: 3 } });
    expect((await put({})).statusCode).toBe(204);
    expect(await budget()).toEqual(defaults);

    const bad = async (given: unknown) => {
      const answer = await put(given);
      return `${answer.statusCode} ${answer.json().message}`;
    };
    expect(await bad({ connections: 0 })).toBe(
      '400 budget.connections: must be a whole number from 1 to 1000',
    );
    expect(await bad({ commandsPerSecond: 'many' })).toContain(
      '400 budget.commandsPerSecond: must be a whole number',
    );
    expect(await bad({ conections: 5 })).toMatch(/^400 budget.*conections/);
  });
});
