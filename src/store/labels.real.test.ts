/** Labels and what carries them: on both databases. */
import { expect, test } from 'vitest';
import type { Store } from '#core/ports/store.ts';
import { addOrganisation, addUser, addWorkspace, onBothDatabases } from '#test/support/databases.ts';
import { aLabel } from '#test/support/pipeline-records.ts';

const page = { max: 100, offset: 0 };

const withWorkspace = async (store: Store) => {
  const organisation = await addOrganisation(store);
  const { id: workspaceId } = await addWorkspace(store, organisation.id);
  const { id: userId } = await addUser(store);
  const make = (name: string, value: string | null = null, more = {}) =>
    store.labels.insert(aLabel(userId, { workspaceId, name, value, resource: value !== null, ...more }));
  const names = async (query: object = {}) => {
    const found = await store.labels.list({ workspaceId, userId, ...page, ...query });
    expect(found.totalSize).toBe(found.rows.length);
    return found.rows.map((label) => (label.value === null ? label.name : `${label.name}=${label.value}`));
  };
  return { workspaceId, userId, make, names };
};

onBothDatabases(({ open }) => {
  test('lists by name, with every filter, the exact match first', async () => {
    const store = await open();
    const { make, names, userId } = await withWorkspace(store);
    await make('rnaseq-2');
    await make('RNAseq', null, { isDefault: true });
    await make('project', 'atlas');
    await make('project', 'rnaseq');
    expect(await names()).toEqual(['project=atlas', 'project=rnaseq', 'RNAseq', 'rnaseq-2']);
    expect(await names({ search: 'rnaseq' })).toEqual(['RNAseq', 'project=rnaseq', 'rnaseq-2']);
    expect(await names({ search: 'project=at' })).toEqual(['project=atlas']);
    expect(await names({ search: '%' })).toEqual([]);
    expect(await names({ resource: true })).toEqual(['project=atlas', 'project=rnaseq']);
    expect(await names({ resource: false, isDefault: true })).toEqual(['RNAseq']);
    expect(await names({ workspaceId: null, userId })).toEqual([]);
    const second = await store.labels.list({ workspaceId: null, userId, max: 1, offset: 0 });
    expect(second).toEqual({ rows: [], totalSize: 0 });
  });

  test('a name, or a name with its value, is taken once', async () => {
    const store = await open();
    const { make, userId } = await withWorkspace(store);
    const plain = await make('one');
    await make('one', 'a');
    const other = await make('one', 'b');
    await expect(make('one')).rejects.toMatchObject({ status: 409, message: 'name: "one" is already taken' });
    await expect(make('one', 'a')).rejects.toMatchObject({ status: 409 });
    await expect(store.labels.update(other.id, { value: 'a' })).rejects.toMatchObject({
      status: 409,
      message: 'name: "one=a" is already taken',
    });
    await store.labels.update(other.id, { value: 'c', isDefault: true });
    expect(await store.labels.find(other.id)).toEqual({ ...other, value: 'c', isDefault: true });
    expect(await store.labels.find(plain.id)).toEqual(plain);
    await store.labels.insert(aLabel(userId, { name: 'one' }));
    await expect(store.labels.insert(aLabel(userId, { name: 'one' }))).rejects.toMatchObject({ status: 409 });
  });

  test('things carry labels until these are taken away or deleted', async () => {
    const store = await open();
    const { make } = await withWorkspace(store);
    const [b, a] = [await make('b'), await make('a')];
    await store.labels.add('run', ['r1', 'r2'], [a.id, b.id]);
    await store.labels.add('run', ['r1'], [a.id]);
    await store.labels.add('pipeline', [1], [a.id]);
    expect(await store.labels.of('run', ['r1', 'r3'])).toEqual(new Map([['r1', [a, b]]]));
    await store.labels.take('run', ['r1'], [a.id]);
    expect((await store.labels.of('run', ['r1', 'r2'])).get('r1')).toEqual([b]);
    await store.labels.take('run', ['r1'], []);
    expect((await store.labels.of('run', ['r1'])).get('r1')).toEqual([b]);
    await store.labels.take('run', ['r2']);
    expect((await store.labels.of('run', ['r2'])).size).toBe(0);
    await store.labels.remove(a.id);
    expect((await store.labels.of('pipeline', [1])).size).toBe(0);
    expect(await store.labels.find(a.id)).toBeUndefined();
    const many = Array.from({ length: 500 }, (_, index) => `m${index}`);
    const more = await Promise.all(Array.from({ length: 50 }, (_, index) => make(`label${index}`)));
    const numbers = more.map((label) => label.id);
    await store.labels.add('run', many, numbers);
    expect((await store.labels.of('run', many)).get('m499')).toHaveLength(50);
  });
});
