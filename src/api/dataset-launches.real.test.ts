/** Datasets as the input of runs: their addresses in the parameters. On both databases. */
import { expect, test } from 'vitest';
import { onBothDatabases } from '#test/support/databases.ts';
import { datasetApi, formOf } from '#test/support/dataset-api.ts';
import { environmentOf } from '#test/support/pipeline-records.ts';

onBothDatabases(({ open }) => {
  test('a launch takes those whose address stands in its parameters', async () => {
    const store = await open();
    const { api, ask, make, upload, owner, at } = await datasetApi(store);
    const environment = await environmentOf(api, owner);
    const launch = async (paramsText: string) => {
      const body = { launch: { pipeline: 'a/b', computeEnvId: environment.id, paramsText } };
      return ask('POST', `/workflow/launch?${at}`, { body });
    };
    const id = await make('input');
    const { url } = (await upload(id, 'a,b\n', 'my table.csv')).body.version;
    const run = await launch(JSON.stringify({ input: url, again: url, other: 'https://example.org/x.csv' }));
    expect(run.status, JSON.stringify(run.body)).toBe(200);
    const kept = await store.runs.find(run.body.workflowId);
    const version = await store.datasetVersions.find(id, 1);
    expect(kept?.snapshot.datasets).toEqual([
      {
        ...{ datasetId: id, version: 1, upload: version?.upload, sha256: version?.sha256, size: 4, url },
        path: `datasets/${id}/v1/my_table.csv`,
      },
    ]);
    expect(kept?.launch.paramsText).toContain(url);
    expect((await ask('GET', `/launch/${run.body.workflowId}/datasets`)).body).toMatchObject({
      versions: [{ datasetId: id, version: 1, url }],
    });
    const [record] = await store.audit.list({ max: 1, event: 'workflow_launched' });
    expect(record?.state.metadata).toMatchObject({
      datasets: [{ datasetId: id, version: 1, sha256: version?.sha256 }],
    });
    const mine = await make('personal', '');
    const { url: personal } = (await upload(mine, 'a,b\n')).body.version;
    expect((await launch(`input: ${personal}\n`)).status).toBe(200);

    const refusal = async (address: string) => {
      const { status, body } = await launch(`input: ${address}\n`);
      return `${status} ${body.message}`;
    };
    const none = /^409 paramsText: there is no such version of a dataset in this workspace: http/;
    expect(await refusal(url.replace('/v/1/', '/v/2/'))).toMatch(none);
    expect(await refusal(url.replace('my%20table', 'other'))).toMatch(none);
    const outsider = await api.organisation('elsewhere', 'oscar');
    const foreign = await ask('POST', `/datasets?workspaceId=${outsider.workspaceId}`, {
      as: outsider,
      body: { name: 'foreign' },
    });
    const form = await formOf('a,b\n', 'a.csv');
    const theirs = await ask('POST', `/datasets/${foreign.body.dataset.id}/upload`, {
      as: outsider,
      ...form,
    });
    expect(await refusal(theirs.body.version.url)).toMatch(none);
    await ask('POST', `/datasets/${id}/versions/1/disable`);
    expect(await refusal(url)).toMatch(/^409 paramsText: this version of the dataset input is disabled/);
  });
});
