/** Labels as clients make, find, apply and read them: on both databases. */
import { describe, expect, test } from 'vitest';
import type { Store } from '#core/ports/store.ts';
import { startApi } from '#test/support/api.ts';
import { onBothDatabases } from '#test/support/databases.ts';
import { environmentOf } from '#test/support/pipeline-records.ts';

interface Wire {
  id: number;
  name: string;
  value?: string;
  resource: boolean;
  isDynamic?: boolean;
  isInterpolated?: boolean;
}

const world = async (store: Store) => {
  const api = await startApi(store);
  const owner = await api.organisation('acme', 'olivia');
  const at = `workspaceId=${owner.workspaceId}`;
  const ask = async (method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown, as = owner) => {
    const answer = await api.call(method, `/api${path}${path.includes('?') ? '&' : '?'}${at}`, { as, body });
    return { status: answer.statusCode, body: answer.body === '' ? undefined : answer.json() };
  };
  const make = async (body: object): Promise<Wire> => {
    const answer = await ask('POST', '/labels', body);
    expect(answer.status, JSON.stringify(answer.body)).toBe(200);
    return answer.body;
  };
  const list = async (query: string): Promise<string[]> =>
    (await ask('GET', `/labels?${query}`)).body.labels.map((label: Wire) => label.name);
  const texts = (labels: Wire[]) =>
    labels.map(({ name, value }) => (value === undefined ? name : `${name}=${value}`));
  return { api, owner, ask, make, list, texts };
};

onBothDatabases(({ open }) => {
  describe('labels', () => {
    test('are made, found, changed and deleted as the command line client does it', async () => {
      const { ask, make, list } = await world(await open());
      // It looks a label up by its name and type before it makes one.
      const none = await ask('GET', '/labels?max=100&offset=0&search=rnaseq&type=simple');
      expect(none).toEqual({ status: 200, body: { labels: [], totalSize: 0 } });
      const plain = await make({ name: 'rnaseq' });
      expect(plain).toMatchObject({ name: 'rnaseq', resource: false, isDefault: false, isDynamic: false });
      expect(plain).not.toHaveProperty('value');
      const resource = await make({ name: 'project', value: 'atlas', resource: true });
      expect(resource).toMatchObject({ name: 'project', value: 'atlas', resource: true });
      expect(typeof resource.id).toBe('number');
      expect(await list('type=all')).toEqual(['project', 'rnaseq']);
      expect(await list('type=resource')).toEqual(['project']);
      expect(await list('type=simple&isDefault=false')).toEqual(['rnaseq']);
      expect(await list('isDefault=')).toHaveLength(2);
      expect(await list('search=RNA')).toEqual(['rnaseq']);
      expect(await list('max=1&offset=1')).toEqual(['rnaseq']);

      const renamed = await ask('PUT', `/labels/${plain.id}`, { name: 'rna-seq' });
      expect(renamed).toMatchObject({
        status: 200,
        body: { id: plain.id, name: 'rna-seq', isDefault: false },
      });
      const revalued = await ask('PUT', `/labels/${resource.id}`, { value: 'titan', isDefault: true });
      expect(revalued.body).toMatchObject({ name: 'project', value: 'titan', isDefault: true });
      expect(await ask('DELETE', `/labels/${plain.id}`)).toEqual({ status: 204, body: undefined });
      expect((await ask('DELETE', `/labels/${plain.id}`)).status).toBe(404);
      expect(await list('type=all')).toEqual(['project']);
    });

    test('are refused with a sentence that names the field', async () => {
      const { ask, make } = await world(await open());
      const plain = await make({ name: 'taken' });
      const message = async (body: object, id?: number) => {
        const answer = await (id === undefined
          ? ask('POST', '/labels', body)
          : ask('PUT', `/labels/${id}`, body));
        return `${answer.status} ${answer.body.message}`;
      };
      expect(await message({ name: 'taken' })).toBe('409 name: "taken" is already taken');
      expect(await message({})).toMatch(/^400 name: /);
      expect(await message({ name: 'two words' })).toMatch(/^400 name: use 1 to 100 letters/);
      expect(await message({ name: 'project', resource: true })).toMatch(/^400 value: a resource label/);
      expect(await message({ name: 'x', value: 'y', resource: false })).toMatch(/^400 value: only resource/);
      expect(await message({ name: 'x', value: '${user}' })).toMatch(/^400 value: \$\{user\} is no variable/);
      expect(await message({ value: 'x' }, plain.id)).toMatch(/^400 value: this is a plain label/);
      expect(await message({ name: '' }, 987_654)).toBe('404 Unknown label: 987654');
    });

    test('belong to their workspace; launch and view may look and not change', async () => {
      const store = await open();
      const { api, ask, make, owner } = await world(store);
      const label = await make({ name: 'mine' });
      const launcher = await api.person('lea', 'acme', { workspace: 'main', workspaceRole: 'launch' });
      const outsider = await api.organisation('elsewhere', 'oscar');
      const as = (person: { token: string }) => ({ ...owner, ...person });
      expect((await ask('GET', '/labels', undefined, as(launcher))).status).toBe(200);
      expect((await ask('POST', '/labels', { name: 'x' }, as(launcher))).status).toBe(403);
      expect((await ask('GET', '/labels', undefined, as(outsider))).status).toBe(404);
      const own = await api.call('POST', '/api/labels', { as: outsider, body: { name: 'mine' } });
      expect(own.statusCode).toBe(200);
      expect((await ask('PUT', `/labels/${own.json().id}`, { name: 'stolen' })).status).toBe(404);
      const foreign = await ask('POST', '/workflow/launch', {
        launch: {
          pipeline: 'x',
          computeEnvId: (await environmentOf(api, owner)).id,
          labelIds: [own.json().id],
        },
      });
      expect([foreign.status, foreign.body.message]).toEqual([
        400,
        `labelIds: there is no label ${own.json().id} here; GET /labels shows those that there are`,
      ]);
      expect(
        (await store.runs.list({ workspaceId: owner.workspaceId, userId: owner.id, max: 1, offset: 0 }))
          .totalSize,
      ).toBe(0);
      const events = (await store.audit.list({ max: 50 })).map(({ event }) => event);
      expect(events.filter((event) => event.startsWith('label_'))).toEqual([
        'label_created',
        'label_created',
      ]);
      expect(label.id).toBeGreaterThan(0);
    });

    test('variables that a value may hold', async () => {
      const { ask } = await world(await open());
      expect((await ask('GET', '/labels/dynamic/allowed')).body).toEqual({
        values: ['sessionId', 'workflowId'],
      });
    });
  });

  describe('labels of environments and runs', () => {
    test('an environment gets those asked for, else the default resource labels', async () => {
      const { ask, make, texts, api, owner } = await world(await open());
      const fallback = await make({ name: 'site', value: 'north', resource: true, isDefault: true });
      await make({ name: 'everyday', isDefault: true });
      const project = await make({ name: 'project', value: 'atlas', resource: true });
      const identity = await api.call('POST', `/api/identities?orgId=${owner.orgId}`, {
        as: owner,
        body: { name: 'hpc', platform: 'slurm-platform', config: { hostName: 'login.example.org' } },
      });
      const create = async (name: string, labelIds?: number[]) =>
        ask('POST', '/compute-envs', {
          computeEnv: { name, platform: 'slurm-platform', managedIdentityId: identity.json().id, config: {} },
          ...(labelIds && { labelIds }),
        });
      const labelsOf = async (id: string) =>
        texts((await ask('GET', `/compute-envs/${id}?attributes=labels`)).body.computeEnv.labels);
      const asked = await create('asked', [project.id]);
      expect(asked.status, JSON.stringify(asked.body)).toBe(200);
      expect(await labelsOf(asked.body.computeEnvId)).toEqual(['project=atlas']);
      const silent = await create('silent');
      expect(await labelsOf(silent.body.computeEnvId)).toEqual(['site=north']);
      expect(await labelsOf((await create('none', [])).body.computeEnvId)).toEqual([]);
      expect((await create('bad', [987_654])).status).toBe(400);
      const rows = (await ask('GET', '/compute-envs?attributes=labels')).body.computeEnvs;
      const shown = rows.map((row: { name: string; labels: Wire[] }) => [row.name, texts(row.labels)]);
      expect(Object.fromEntries(shown)).toEqual({
        asked: ['project=atlas'],
        silent: ['site=north'],
        none: [],
      });
      expect(fallback.isDynamic).toBe(false);
    });

    test('a run gets those asked for and its environment’s; variables become its own', async () => {
      const store = await open();
      const { ask, make, texts, api, owner } = await world(store);
      const environment = await environmentOf(api, owner);
      const run = await make({ name: 'run', value: 'r-${workflowId}', resource: true });
      const atlas = await make({ name: 'project', value: 'atlas', resource: true });
      const titan = await make({ name: 'project', value: 'titan', resource: true });
      const plain = await make({ name: 'rnaseq' });
      await store.labels.add('compute-env', [environment.id], [run.id, atlas.id]);
      const launch = async (more: object) => {
        const answer = await ask('POST', '/workflow/launch', {
          launch: { pipeline: 'https://example.org/x', computeEnvId: environment.id, ...more },
        });
        expect(answer.status, JSON.stringify(answer.body)).toBe(200);
        return answer.body.workflowId as string;
      };
      const labelsOf = async (id: string): Promise<Wire[]> =>
        (await ask('GET', `/workflow/${id}?attributes=labels`)).body.labels;
      const silent = await launch({});
      const labels = await labelsOf(silent);
      expect(texts(labels)).toEqual(['project=atlas', `run=r-${silent}`]);
      expect(labels[1]).toMatchObject({ isDynamic: true, isInterpolated: true });
      const asked = await launch({ labelIds: [plain.id, titan.id] });
      expect(texts(await labelsOf(asked))).toEqual(['project=titan', 'rnaseq', `run=r-${asked}`]);

      // The bulk operations, by which the command line client labels runs.
      const bulk = (how: string, workflowIds: string[], labelIds: number[]) =>
        ask('POST', `/workflow/labels/${how}`, { workflowIds, labelIds });
      expect(await bulk('apply', [asked, silent], [plain.id])).toEqual({ status: 204, body: undefined });
      expect([texts(await labelsOf(asked)), texts(await labelsOf(silent))]).toEqual([['rnaseq'], ['rnaseq']]);
      expect((await bulk('add', [silent], [atlas.id, titan.id])).status).toBe(204);
      expect(texts(await labelsOf(silent))).toEqual(['project=atlas', 'project=titan', 'rnaseq']);
      expect((await bulk('remove', [silent], [atlas.id, plain.id])).status).toBe(204);
      expect((await bulk('apply', [asked], [])).status).toBe(204);
      const { workflows } = (await ask('GET', '/workflow?attributes=labels')).body;
      const shown = Object.fromEntries(
        workflows.map((row: { workflow: { id: string }; labels: Wire[] }) => [
          row.workflow.id,
          texts(row.labels),
        ]),
      );
      expect(shown).toEqual({ [asked]: [], [silent]: ['project=titan'] });
      const found = async (search: string) =>
        (await ask('GET', `/workflow?search=${encodeURIComponent(search)}`)).body.workflows.length;
      expect(await found('label:project')).toBe(1);
      expect(await found('label:PROJECT=titan')).toBe(1);
      expect(await found('label:project=tit')).toBe(0);
      expect(await found('label:project label:rnaseq')).toBe(0);
      // All or nothing.
      const before = (await store.audit.list({ max: 1 }))[0]?.id;
      expect((await bulk('apply', [asked, 'AAAAAAAAAAAA'], [plain.id])).status).toBe(404);
      expect((await bulk('apply', [asked], [plain.id, 987_654])).status).toBe(400);
      expect((await bulk('apply', [], [plain.id])).status).toBe(400);
      expect(texts(await labelsOf(asked))).toEqual([]);
      expect((await store.audit.list({ max: 1 }))[0]?.id).toBe(before);
    });
  });
});
