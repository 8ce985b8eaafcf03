/** Saved pipelines and their versions: on both databases. */
import { expect, test } from 'vitest';
import type { PipelineQuery } from '#core/ports/pipeline-store.ts';
import type { Store } from '#core/ports/store.ts';
import { addOrganisation, addUser, addWorkspace, onBothDatabases } from '#test/support/databases.ts';
import { aLabel, aPipeline, aPipelineVersion } from '#test/support/pipeline-records.ts';

const withWorkspace = async (store: Store) => {
  const { id: organisationId } = await addOrganisation(store, 'acme');
  const { id: workspaceId } = await addWorkspace(store, organisationId);
  const user = await addUser(store, { userName: 'Ann', firstName: 'Ann', lastName: 'Lee' });
  const place = { organisationId, workspaceId };
  const add = (name: string, given: object = {}, version: object = {}) =>
    store.pipelines.insert(
      { ...aPipeline(user.id, { ...place, name }), ...given },
      aPipelineVersion(user.id, { name: `${name}-1`, ...version }),
    );
  const names = async (query: Partial<PipelineQuery> = {}) => {
    const found = await store.pipelines.list({
      workspaceId,
      userId: user.id,
      organisationId,
      visibility: 'private',
      sortBy: 'name',
      descending: false,
      max: 100,
      offset: 0,
      ...query,
    });
    expect(found.totalSize).toBe(found.rows.length);
    return found.rows.map((row) => row.name);
  };
  return { organisationId, workspaceId, user, add, names };
};

onBothDatabases(({ open }) => {
  test('a pipeline comes back as it was stored, with its version and the names of its parts', async () => {
    const store = await open();
    const { user, add, workspaceId } = await withWorkspace(store);
    const version = { launch: { pipeline: 'https://x.org/a', configProfiles: ['p'] }, computeEnvId: 'e' };
    const made = await add('rnaseq', { description: 'Reads' }, version);
    expect(await store.pipelines.find(made.id)).toEqual(made);
    const row = await store.pipelines.findRow(made.id);
    const author = { userName: 'Ann', firstName: 'Ann', lastName: 'Lee' };
    expect(row).toMatchObject({
      ...made,
      author,
      workspaceName: 'main',
      visibility: 'PRIVATE',
      organisationName: 'acme',
      version: { id: made.defaultVersionId, name: 'rnaseq-1', repository: 'https://x.org/a', author },
    });
    const stored = await store.pipelineVersions.find(made.defaultVersionId);
    expect(stored).toMatchObject({ pipelineId: made.id, ...version });
    expect(await store.pipelineVersions.findByLaunch(stored?.launchId ?? '')).toEqual(stored);
    await store.pipelines.update(made.id, { name: 'renamed', icon: 'https://x.org/i.png', updatedAt: 7 });
    expect(await store.pipelines.find(made.id)).toEqual({
      ...made,
      name: 'renamed',
      icon: 'https://x.org/i.png',
      updatedAt: 7,
    });
    await store.pipelines.remove(made.id);
    expect(await store.pipelines.findRow(made.id)).toBeUndefined();
    expect(await store.pipelineVersions.find(made.defaultVersionId)).toBeUndefined();
    const own = await store.pipelines.insert(aPipeline(user.id, {}), aPipelineVersion(user.id));
    expect(await store.pipelines.findRow(own.id)).toMatchObject({
      workspaceName: null,
      visibility: 'PRIVATE',
    });
    expect(workspaceId).toBeGreaterThan(0);
  });

  test('lists: by context, with every filter and order', async () => {
    const store = await open();
    const { user, add, names, organisationId } = await withWorkspace(store);
    const { id: sharedId } = await addWorkspace(store, organisationId, 'common');
    await store.workspaces.update(sharedId, { visibility: 'SHARED' });
    const elsewhere = await addOrganisation(store, 'other');
    const { id: foreignId } = await addWorkspace(store, elsewhere.id, 'common');
    await store.workspaces.update(foreignId, { visibility: 'SHARED' });
    const bob = await addUser(store, { userName: 'bob' });
    const first = await add('beta', { createdAt: 1, updatedAt: 30, description: 'Über alpha' });
    await add('alpha', { createdAt: 2, updatedAt: 20 }, { launch: { pipeline: 'https://x.org/RNA_seq' } });
    await add('gamma', { createdAt: 3, updatedAt: 10, userId: bob.id });
    await add('theirs', { workspaceId: sharedId });
    await add('foreign', { workspaceId: foreignId, organisationId: elsewhere.id });
    await add('personal', { workspaceId: null, organisationId: 0 });
    expect(await names()).toEqual(['alpha', 'beta', 'gamma']);
    expect(await names({ visibility: 'shared' })).toEqual(['theirs']);
    expect(await names({ visibility: 'all' })).toEqual(['alpha', 'beta', 'gamma', 'theirs']);
    expect(await names({ visibility: 'all', workspaceId: null, organisationId: null })).toEqual(['personal']);
    expect(await names({ visibility: 'shared', workspaceId: sharedId })).toEqual([]);
    expect(await names({ sortBy: 'createdAt', descending: true })).toEqual(['gamma', 'alpha', 'beta']);
    expect(await names({ sortBy: 'updatedAt', descending: false })).toEqual(['gamma', 'alpha', 'beta']);
    expect(await names({ search: 'alpha' })).toEqual(['alpha', 'beta']);
    expect(await names({ search: 'alpha', descending: true })).toEqual(['alpha', 'beta']);
    expect(await names({ search: 'über' })).toEqual(['beta']);
    expect(await names({ search: 'rna_' })).toEqual(['alpha']);
    expect(await names({ search: 'rna%' })).toEqual([]);
    expect(await names({ name: 'alpha' })).toEqual(['alpha']);
    expect(await names({ name: 'alph' })).toEqual([]);
    expect(await names({ userName: 'BOB' })).toEqual(['gamma']);
    const label = await store.labels.insert(aLabel(user.id, { name: 'hot' }));
    await store.labels.add('pipeline', [first.id], [label.id]);
    expect(await names({ labels: ['HOT'] })).toEqual(['beta']);
    expect(await names({ labels: ['hot', 'cold'] })).toEqual([]);
    const page = await store.pipelines.list({
      workspaceId: first.workspaceId,
      userId: user.id,
      organisationId,
      visibility: 'private',
      sortBy: 'name',
      descending: false,
      max: 1,
      offset: 1,
    });
    expect([page.totalSize, page.rows.map((row) => row.name)]).toEqual([3, ['beta']]);
    const context = { workspaceId: first.workspaceId, userId: user.id };
    expect(await store.pipelines.repositories(context)).toEqual([
      'https://x.org/RNA_seq',
      'https://x.org/pipeline',
    ]);
  });

  test('names are taken once, in their context', async () => {
    const store = await open();
    const { user, add } = await withWorkspace(store);
    const made = await add('one');
    const other = await add('two');
    const refused = { status: 409, message: 'name: "one" is already taken' };
    await expect(add('one')).rejects.toMatchObject(refused);
    await expect(store.pipelines.update(other.id, { name: 'one' })).rejects.toMatchObject(refused);
    const personal = () =>
      store.pipelines.insert(aPipeline(user.id, { name: 'one' }), aPipelineVersion(user.id));
    await personal();
    await expect(personal()).rejects.toMatchObject(refused);
    const draft = { ...aPipelineVersion(user.id), pipelineId: made.id };
    await store.pipelineVersions.insert({ ...draft, name: null });
    await store.pipelineVersions.insert({ ...aPipelineVersion(user.id), pipelineId: made.id, name: null });
    await expect(store.pipelineVersions.update(draft.id, { name: 'one-1' })).rejects.toMatchObject({
      status: 409,
      message: 'version.name: "one-1" is already taken',
    });
  });

  test('versions: newest first, by name, published or not', async () => {
    const store = await open();
    const { user, add } = await withWorkspace(store);
    const made = await add('one', {}, { createdAt: 1 });
    const version = (name: string | null, createdAt: number) =>
      store.pipelineVersions.insert({
        ...aPipelineVersion(user.id, { name, createdAt }),
        pipelineId: made.id,
      });
    await version(null, 2);
    await version('Final', 3);
    const names = async (query: object = {}) => {
      const found = await store.pipelineVersions.list(made.id, { max: 100, offset: 0, ...query });
      expect(found.totalSize).toBe(found.rows.length);
      return found.rows.map((row) => row.name);
    };
    expect(await names()).toEqual(['Final', null, 'one-1']);
    expect(await names({ published: true })).toEqual(['Final', 'one-1']);
    expect(await names({ published: false })).toEqual([null]);
    expect(await names({ search: 'fin' })).toEqual(['Final']);
    expect((await store.pipelineVersions.list(made.id, { max: 1, offset: 1 })).rows[0]?.name).toBeNull();
    expect(await store.pipelineVersions.names(made.id)).toEqual(new Set(['Final', 'one-1']));
  });
});
