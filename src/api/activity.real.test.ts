/** What a cluster was used for, as owners and members see it, on both databases. */
import { expect, test } from 'vitest';
import { identityOf, startApi } from '#test/support/api.ts';
import { onBothDatabases } from '#test/support/databases.ts';

const none = {
  verify: 0,
  place: 0,
  submit: 0,
  status: 0,
  progress: 0,
  collect: 0,
  cancel: 0,
  logs: 0,
  repository: 0,
  clean: 0,
  other: 0,
};

onBothDatabases(({ open }) => {
  test('owners see everybody and the status reader, members their own line, outsiders nothing', async () => {
    const store = await open();
    const api = await startApi(store);
    const olga = await api.organisation('acme', 'olga');
    const id = await identityOf(api, olga);
    const mia = await api.person('mia', 'acme', { role: 'member' });
    const max = await api.person('max', 'acme', { role: 'member' });
    await api.organisation('other', 'oskar');
    const outsider = await api.person('otto', 'other', { role: 'member' });
    const hour = Math.floor(api.clock.now() / 3_600_000);
    const base = { identityId: id, hour, userId: mia.id, bearer: 'member' } as const;
    await store.activity.add([
      { ...base, what: 'connection', number: 2 },
      { ...base, what: 'refusal', number: 1 },
      { ...base, what: 'status', number: 40 },
      { ...base, what: 'submit', number: 3, hour: hour - 24 },
      { ...base, what: 'submit', number: 500, hour: hour - 25 },
      { ...base, what: 'logs', number: 6, userId: max.id },
      { ...base, what: 'status', number: 9, userId: 0, bearer: 'reader' },
    ]);
    api.clock.advance(1_800_000);
    const path = `/api/identities/${id}/activity`;
    const ofMia = {
      bearer: 'member',
      userId: mia.id,
      userName: 'mia',
      connections: 2,
      refusals: 1,
      commands: { ...none, status: 40, submit: 3 },
    };
    const quiet = { connections: 0, refusals: 0 };
    const seen = await api.call('GET', path, { as: olga });
    expect([seen.statusCode, seen.json()]).toEqual([
      200,
      {
        since: '2025-12-31T00:00:00.000Z',
        until: '2026-01-01T00:30:00.000Z',
        members: [
          ofMia,
          {
            ...quiet,
            bearer: 'member',
            userId: max.id,
            userName: 'max',
            commands: { ...none, logs: 6 },
          },
          { ...quiet, bearer: 'reader', userId: null, userName: null, commands: { ...none, status: 9 } },
        ],
      },
    ]);
    expect((await api.call('GET', path, { as: mia })).json().members).toEqual([ofMia]);
    expect((await api.call('GET', path, { as: outsider })).statusCode).toBe(404);
    expect((await api.call('GET', path)).statusCode).toBe(401);
  });
});
