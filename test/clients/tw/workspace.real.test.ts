/** `tw credentials`, `labels`, `secrets` and `datasets`: on both databases. */
import { afterAll, expect, test } from 'vitest';
import { onBothDatabases } from '#test/support/databases.ts';
import { closeClientWorlds, startClientWorld } from '../world.ts';

afterAll(closeClientWorlds);

type Row = Record<string, unknown>;

onBothDatabases(({ open }) => {
  test('credentials: add, list, update by name and by id, validate, delete; keys never come back', async () => {
    const world = await startClientWorld(await open());
    const { tw, here } = world;
    // The key file byte for byte: CRLF and final newline included.
    const keys = { discriminator: 'ssh', privateKey: world.keyOf('olivia').replaceAll('\n', '\r\n') };
    const at = (id = '', query = '') => `/credentials${id && `/${id}`}?${query && `${query}&`}${here}`;
    const added = await tw.post(at('', 'useExternalId=false'), {
      credentials: { name: 'site', provider: 'ssh', keys },
    });
    expect([added.status, added.body]).toEqual([200, { credentialsId: expect.stringMatching(/^\w{22}$/) }]);
    const id: string = added.body.credentialsId;
    const rows: Row[] = (await tw.get(at())).body.credentials;
    expect(rows.map((row) => [row['id'], row['name'], row['provider'], 'keys' in row])).toEqual([
      [id, 'site', 'ssh', false],
    ]);
    expect((await tw.get(at(id))).body.credentials).toMatchObject({ id, name: 'site' });
    const update = {
      id,
      name: 'renamed',
      provider: 'ssh',
      keys: { ...keys, privateKey: world.keyOf('olivia') },
    };
    expect((await tw.put(at(id, 'useExternalId=false'), { credentials: update })).status).toBeLessThan(300);
    const validated = await tw.post(at(`${id}/validate`, 'force=false'));
    expect([validated.status, validated.body.status]).toEqual([200, 'AVAILABLE']);
    expect((await tw.delete(at(id, 'checked=false'))).status).toBeLessThan(300);
    expect((await tw.get(at())).body.credentials).toEqual([]);
    const other = await tw.post(at(), {
      credentials: { name: 'x', provider: 'aws', keys: { discriminator: 'aws' } },
    });
    expect([other.status, other.body.message]).toEqual([400, expect.stringContaining('ssh')]);
  });

  test('labels: list of each type, add plain and resource ones, update, delete', async () => {
    const { tw, here } = await startClientWorld(await open());
    const plain = await tw.post(`/labels?${here}`, { name: 'urgent' });
    const resource = await tw.post(`/labels?${here}`, { name: 'project', value: 'atlas', resource: true });
    expect([plain.body.id, resource.body.id]).toEqual([expect.any(Number), expect.any(Number)]);
    const list = async (query: string) => {
      const { body } = await tw.get(`/labels?${query}&${here}`);
      return [body.totalSize, body.labels.map(({ name, value, resource: is }: Row) => [name, value, is])];
    };
    expect(await list('type=simple')).toEqual([1, [['urgent', undefined, false]]]);
    expect(await list('type=resource')).toEqual([1, [['project', 'atlas', true]]]);
    expect((await list('type=all'))[0]).toBe(2);
    expect((await tw.put(`/labels/${plain.body.id}?${here}`, { name: 'later' })).status).toBeLessThan(300);
    expect((await list('type=all&search=later'))[0]).toBe(1);
    expect((await tw.delete(`/labels/${plain.body.id}?${here}`)).status).toBeLessThan(300);
  });

  test('secrets: add, list, view, update, delete; a value never comes back', async () => {
    const { tw, here } = await startClientWorld(await open());
    const made = await tw.post(`/pipeline-secrets?${here}`, { name: 'API_KEY', value: 'canary' });
    const id: number = made.body.secretId ?? made.body.id;
    expect(Number.isInteger(id)).toBe(true);
    const listed = await tw.get(`/pipeline-secrets?${here}`);
    expect(listed.body.pipelineSecrets).toEqual([expect.objectContaining({ id, name: 'API_KEY' })]);
    const viewed = await tw.get(`/pipeline-secrets/${id}?${here}`);
    expect(viewed.body.pipelineSecret).toMatchObject({ id, name: 'API_KEY' });
    expect((await tw.put(`/pipeline-secrets/${id}?${here}`, { value: 'canary2' })).status).toBeLessThan(300);
    for (const { bytes } of [made, listed, viewed]) expect(bytes.toString()).not.toContain('canary');
    expect((await tw.delete(`/pipeline-secrets/${id}?${here}`)).status).toBeLessThan(300);
  });

  test('datasets: add, list, view, versions, url, download, update, delete; by name and by id', async () => {
    const world = await startClientWorld(await open());
    const { tw, here, owner } = world;
    const inPath = `/workspaces/${owner.workspaceId}/datasets`;
    // `add`, and `add --overwrite`, which deletes the one of that name first.
    const add = async (content: string) => {
      const made = await tw.post(inPath, { name: 'samples', description: 'first' });
      expect([made.status, made.body.dataset]).toMatchObject([200, { name: 'samples', deleted: false }]);
      const { id } = made.body.dataset;
      const sent = await tw.upload(`${inPath}/${id}/upload?header=true`, content, 'samples.csv');
      expect([sent.status, sent.body.version]).toMatchObject([
        200,
        { datasetId: id, datasetName: 'samples', version: 1, hasHeader: true, mediaType: 'text/csv' },
      ]);
      return id as string;
    };
    // Names are looked for by the client, in a list that must be whole; older ones ask under the other path.
    const byName = async (name: string) => {
      const lists = await Promise.all([tw.get(inPath), tw.get(`/datasets?${here}`)]);
      const [found, same] = lists.map(({ body }) => body.datasets.find((row: Row) => row['name'] === name));
      expect(found).toEqual(same);
      return found;
    };
    const old = await add('id\n1\n');
    expect((await byName('samples')).id).toBe(old);
    expect((await tw.post(inPath, { name: 'samples' })).status).toBe(409);
    expect((await tw.delete(`${inPath}/${old}`)).status).toBeLessThan(300);
    expect(await byName('samples')).toBeUndefined();
    const id = await add('id,file\n1,ä.fq\n');

    const { dataset } = (await tw.get(`${inPath}/${id}/metadata`)).body;
    expect(dataset).toMatchObject({ id, name: 'samples', description: 'first', mediaType: 'text/csv' });
    await tw.put(`${inPath}/${id}`, { name: 'renamed', description: dataset.description });
    await tw.upload(`${inPath}/${id}/upload?header=false`, 'id,file\n2,b.fq\n', 'more.csv');
    expect(await byName('renamed')).toMatchObject({ id, version: 2 });
    // It takes the highest number, or the one that was asked for, and asks for that file.
    const { versions } = (await tw.get(`${inPath}/${id}/versions?mimeType=text%2Fcsv`)).body;
    expect(versions.map(({ version, fileName, hasHeader }: Row) => [version, fileName, hasHeader])).toEqual([
      [2, 'more.csv', false],
      [1, 'samples.csv', true],
    ]);
    for (const { version, url } of versions)
      expect(url).toMatch(new RegExp(`/api${inPath}/${id}/v/${version}/n/`));
    for (const path of [inPath, '/datasets']) {
      const got = await tw.get(`${path}/${id}/v/1/n/samples.csv?${here}`);
      expect([got.status, got.bytes.toString()]).toEqual([200, 'id,file\n1,ä.fq\n']);
    }
    const unknown = await tw.get(`${inPath}/${id}/v/3/n/more.csv`);
    expect(unknown.status).toBe(404);
    expect((await tw.delete(`${inPath}/${id}`)).status).toBeLessThan(300);
    expect((await tw.get(`${inPath}/${id}/metadata`)).status).toBe(404);
  });
});
