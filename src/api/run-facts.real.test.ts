/** What a run's own files tell of it is shown like what Nextflow reports over HTTP. On both databases. */
import { expect, test } from 'vitest';
import { onBothDatabases } from '#test/support/databases.ts';
import { send, traceWorld } from '#test/support/trace-world.ts';

onBothDatabases(({ open }) => {
  test('profile, main script and build, until reports say otherwise', async () => {
    const { api, alice, launched } = await traceWorld(await open());
    const run = await launched({
      status: 'RUNNING',
      facts: {
        nextflowVersion: '24.10.0',
        nextflowBuild: '5928',
        profile: 'site,test',
        scriptFile: '/home/alice/p/main.nf',
      },
    });
    const shown = async () =>
      (await api.call('GET', `/api/workflow/${run.id}`, { as: alice })).json<{ workflow: object }>().workflow;
    expect(await shown()).toMatchObject({
      profile: 'site,test',
      scriptFile: '/home/alice/p/main.nf',
      nextflow: { version: '24.10.0', build: '5928' },
    });
    await send(api, alice, {
      method: 'PUT',
      path: `/trace/${run.id}/begin`,
      body: { workflow: { profile: 'other', nextflow: { version: '25.04.0', build: '6000' } } },
    });
    expect(await shown()).toMatchObject({
      profile: 'other',
      scriptFile: '/home/alice/p/main.nf',
      nextflow: { version: '25.04.0', build: '6000' },
    });
  });
});
