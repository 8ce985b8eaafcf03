/** Datasets as clients use them: both kinds of paths, versions, uploads as forms, downloads. On both databases. */
import { describe, expect, test } from 'vitest';
import { maxDatasetBytes, maxVersions } from '#core/datasets.ts';
import { aRun, onBothDatabases } from '#test/support/databases.ts';
import { datasetApi, formOf } from '#test/support/dataset-api.ts';

onBothDatabases(({ open }) => {
  describe('datasets', () => {
    test('are made, filled, listed and read as the command line client does it', async () => {
      const { ask, owner, at, upload } = await datasetApi(await open());
      const inPath = `/workspaces/${owner.workspaceId}/datasets`;
      const body = { name: 'samples', description: 'of the first batch' };
      const made = await ask('POST', inPath, { body });
      expect(made.body.dataset).toMatchObject({ ...body, version: 0, workspaceId: owner.workspaceId });
      const { id } = made.body.dataset;
      const first = await ask(
        'POST',
        `${inPath}/${id}/upload?header=true`,
        await formOf('sample,file\na,1\n', 'Proben 1.csv'),
      );
      const url = `http://latchkey.test/api${inPath}/${id}/v/1/n/Proben%201.csv`;
      expect(first).toMatchObject({
        status: 200,
        body: {
          version: {
            datasetId: id,
            datasetName: 'samples',
            version: 1,
            fileName: 'Proben 1.csv',
            fileSize: 16,
            mediaType: 'text/csv',
            hasHeader: true,
            disabled: false,
            url,
            createdBy: { id: owner.id, userName: 'olivia' },
          },
        },
      });
      expect((await upload(id, 'sample,file\na,1\nb,2\n')).body.version).toMatchObject({
        version: 2,
        hasHeader: false,
      });

      for (const path of [
        inPath,
        `/datasets?${at}`,
        `/datasets?${at}&search=SAM&visibility=all&max=100&offset=0`,
      ])
        expect((await ask('GET', path)).body, path).toMatchObject({
          datasets: [{ id, name: 'samples', version: 2, mediaType: 'text/csv', runsInfo: { runsCount: 0 } }],
          totalSize: 1,
        });
      for (const path of [inPath, '/datasets']) {
        const described = await ask('GET', `${path}/${id}/metadata`);
        expect(described.body.dataset).toMatchObject({ id, lastUpdatedBy: { userName: 'olivia' } });
        const versions = await ask('GET', `${path}/${id}/versions?mimeType=text/csv`);
        expect(versions.body.versions.map((one: { version: number }) => one.version)).toEqual([2, 1]);
        const content = await ask('GET', `${path}/${id}/v/1/n/Proben%201.csv`);
        expect([content.status, content.body]).toEqual([200, 'sample,file\na,1\n']);
        expect(content.headers['content-type']).toBe('text/csv');
        expect(content.headers['content-disposition']).toContain("filename*=UTF-8''Proben%201.csv");
      }
      const latest = await ask('GET', `/datasets/versions?${at}`);
      expect(latest.body).toMatchObject({ versions: [{ datasetId: id, version: 2 }], totalSize: 1 });
      expect((await ask('GET', `/datasets/versions?${at}&mimeType=text/plain`)).body.versions).toEqual([]);

      expect((await ask('PUT', `${inPath}/${id}`, { body: { name: 'renamed' } })).status).toBe(204);
      expect((await ask('GET', `/datasets/${id}/metadata`)).body.dataset).toMatchObject({
        name: 'renamed',
        description: 'of the first batch',
      });
      expect((await ask('DELETE', `${inPath}/${id}`)).status).toBe(204);
      expect((await ask('GET', `/datasets/${id}/metadata`)).status).toBe(404);
      expect((await ask('GET', `/datasets/${id}/v/1/n/Proben%201.csv`)).status).toBe(404);
    });

    test('of 10 MB come back whole; more is refused; what is no table too', async () => {
      const { ask, make, upload, store } = await datasetApi(await open());
      const id = await make('large');
      const content = Buffer.alloc(maxDatasetBytes, 'sample,file,ü\n');
      const whole = content.subarray(0, content.lastIndexOf('\n') + 1);
      expect((await upload(id, whole)).status).toBe(200);
      const back = await ask('GET', `/datasets/${id}/v/1/n/samples.csv`);
      expect(Buffer.from(back.body).equals(whole)).toBe(true);

      const said = async (bytes: string | Buffer, fileName: string) => {
        const { status, body } = await upload(id, bytes, fileName);
        return `${status} ${body.message}`;
      };
      expect(await said(Buffer.alloc(maxDatasetBytes + 1, 'a'), 'a.csv')).toBe(
        '413 file: is too large: at most 10485760 bytes',
      );
      expect(await said('x', 'book.xlsx')).toMatch(/^400 file: this is a workbook: save its sheet as CSV/);
      expect(await said(Buffer.from('504b0304', 'hex'), 'book.csv')).toMatch(/^400 file: is a workbook/);
      expect(await said('x', 'notes.txt')).toMatch(/^400 file: datasets are .csv or .tsv files/);
      expect(await said('', 'empty.csv')).toMatch(/^400 file: is empty/);
      expect(await said('a\tb\n', 'other.tsv')).toMatch(/^400 file: this dataset holds text\/csv/);
      expect(await said('a', `${'x'.repeat(250)}.csv`)).toMatch(/^400 file: give it a name/);
      const json = await ask('POST', `/datasets/${id}/upload`, { body: {} });
      expect([json.status, json.body.message]).toEqual([415, expect.stringContaining('multipart/form-data')]);
      expect((await ask('GET', `/datasets/${id}/versions`)).body.totalSize).toBe(1);
      // Nothing of what was refused is left.
      await store.datasetPieces.sweep(Number.MAX_SAFE_INTEGER);
      expect((await ask('GET', `/datasets/${id}/v/1/n/samples.csv`)).body).toHaveLength(back.body.length);
    });

    test('names and numbers have their rules', async () => {
      const { ask, at, make, upload, store } = await datasetApi(await open());
      const id = await make('one');
      const post = async (body: object) => (await ask('POST', `/datasets?${at}`, { body })).status;
      expect(await post({ name: 'one' })).toBe(409);
      expect(await post({ name: 'two words' })).toBe(400);
      expect(await post({ name: 'two', sourceType: 'LINKED' })).toBe(400);
      const other = await make('other');
      expect((await ask('PUT', `/datasets/${other}`, { body: { name: 'one' } })).status).toBe(409);
      expect((await ask('GET', `/datasets/${id}/v/1/n/samples.csv`)).status).toBe(404);
      await upload(id, 'a,b\n');
      expect((await ask('GET', `/datasets/${id}/v/1/n/wrong.csv`)).status).toBe(404);
      expect((await ask('GET', `/datasets/${id}/v/2/n/samples.csv`)).status).toBe(404);
      await store.datasets.update(id, { lastVersion: maxVersions });
      expect((await upload(id, 'a,b\n')).body.message).toContain('100 versions');
    });

    test('are hidden, shown, sorted and deleted by the dozen', async () => {
      const { ask, at, make } = await datasetApi(await open());
      const [a, b, c] = [await make('a'), await make('b'), await make('c')];
      const names = async (query: string) =>
        (await ask('GET', `/datasets?${at}&${query}`)).body.datasets.map(
          ({ name }: { name: string }) => name,
        );
      const datasetIds = [b];
      expect((await ask('POST', `/datasets/hide?${at}`, { body: { datasetIds } })).status).toBe(204);
      expect(await names('')).toEqual(['a', 'c']);
      expect(await names('visibility=hidden')).toEqual(['b']);
      expect(await names('visibility=all&sortDir=desc')).toEqual(['c', 'b', 'a']);
      expect(await names('visibility=all&max=1&offset=1')).toEqual(['b']);
      expect((await ask('POST', `/datasets/show?${at}`, { body: { datasetIds } })).status).toBe(204);
      expect(await names('')).toEqual(['a', 'b', 'c']);
      const gone = 'A'.repeat(22);
      const answer = await ask('DELETE', `/datasets?${at}`, { body: { datasetIds: [a, gone, c] } });
      expect(answer).toMatchObject({ status: 200, body: { success: [a, c], failed: [gone] } });
      expect(await names('')).toEqual(['b']);
      expect((await ask('POST', `/datasets/hide?${at}`, { body: { datasetIds: [b, gone] } })).status).toBe(
        404,
      );
    });

    test('stay within their walls, and roles decide', async () => {
      const { api, ask, make, owner, at } = await datasetApi(await open());
      const id = await make('walled');
      const person = (role: 'launch' | 'view') =>
        api.person(`wsp-${role}`, 'acme', { workspace: 'main', workspaceRole: role });
      const [launch, view] = [await person('launch'), await person('view')];
      const outsider = await api.organisation('elsewhere', 'oscar');
      const form = await formOf('a,b\n', 'a.csv');
      expect((await ask('POST', `/datasets/${id}/upload`, { as: launch, ...form })).status).toBe(200);
      expect((await ask('POST', `/datasets/${id}/upload`, { as: view, ...form })).status).toBe(403);
      expect((await ask('DELETE', `/datasets/${id}`, { as: launch })).status).toBe(403);
      expect((await ask('GET', `/datasets/${id}/v/1/n/a.csv`, { as: view })).status).toBe(200);
      expect((await ask('GET', `/datasets/${id}/metadata`, { as: outsider })).status).toBe(404);
      expect((await ask('GET', `/workspaces/0/datasets/${id}/metadata`)).status).toBe(404);
      const foreign = `/workspaces/${outsider.workspaceId}/datasets`;
      expect((await ask('GET', `${foreign}/${id}/metadata`, { as: outsider })).status).toBe(404);
      expect((await ask('GET', foreign)).status).toBe(404);

      const own = await make('mine', '', launch);
      expect((await ask('GET', '/datasets', { as: launch })).body.datasets).toMatchObject([{ id: own }]);
      expect((await ask('GET', `/datasets/${own}/metadata`)).status).toBe(404);
      expect(
        (await ask('GET', `/workspaces/${owner.workspaceId}/datasets/${own}/metadata`, { as: launch }))
          .status,
      ).toBe(404);
      expect((await ask('GET', `/datasets?${at}`)).body.totalSize).toBe(1);
    });

    test('what happens to them is on record; lost pieces are swept away', async () => {
      const store = await open();
      const { ask, make, upload, api } = await datasetApi(store);
      const id = await make('recorded');
      await upload(id, 'a,b\n');
      await ask('GET', `/datasets/${id}/v/1/n/samples.csv`);
      await ask('POST', `/datasets/${id}/versions/1/disable`);
      expect((await ask('GET', `/datasets/${id}/versions`)).body.versions[0].disabled).toBe(true);
      const version = await store.datasetVersions.find(id, 1);
      const name = version?.upload ?? '';
      await store.datasetPieces.put({ upload: 'lost', part: 0, content: Buffer.from('x'), createdAt: 5 });
      await store.datasetPieces.sweep(5);
      expect(await store.datasetPieces.get('lost', 0)).toBeDefined();
      await store.datasetPieces.sweep(api.clock.now() + 1);
      expect([
        await store.datasetPieces.get('lost', 0),
        (await store.datasetPieces.get(name, 0))?.length,
      ]).toEqual([undefined, 4]);
      await ask('DELETE', `/datasets/${id}`);
      await store.datasetPieces.sweep(api.clock.now() + 1);
      expect(await store.datasetPieces.get(name, 0)).toBeUndefined();
      const events = (await store.audit.list({ max: 6 })).map(({ event }) => event);
      expect(events).toEqual([
        'dataset_deleted',
        'dataset_updated',
        'dataset_content_downloaded',
        'dataset_content_uploaded',
        'dataset_created',
        expect.any(String),
      ]);
    });

    test('of a run are listed by its launch', async () => {
      const store = await open();
      const { ask, make, upload, owner } = await datasetApi(store);
      const run = aRun(owner.id, { workspaceId: owner.workspaceId, organisationId: owner.orgId });
      await store.runs.insert(run);
      expect((await ask('GET', `/launch/${run.id}/datasets`)).body).toEqual({ versions: [], totalSize: 0 });
      const id = await make('used');
      await upload(id, 'a,b\n');
      await store.datasetVersions.noteUse({ datasetId: id, version: 1, runId: run.id, usedAt: 7 });
      expect((await ask('GET', `/launch/${run.id}/datasets`)).body).toMatchObject({
        versions: [{ datasetId: id, version: 1 }],
        totalSize: 1,
      });
      expect((await ask('GET', `/datasets/${id}/metadata`)).body.dataset.runsInfo).toEqual({
        runsCount: 1,
        lastUsed: '1970-01-01T00:00:00.007Z',
      });
      await ask('DELETE', `/datasets/${id}`);
      expect((await ask('GET', `/launch/${run.id}/datasets`)).body.totalSize).toBe(0);
    });
  });
});
