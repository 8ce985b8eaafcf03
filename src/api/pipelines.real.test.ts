/** Saved pipelines as clients make, find, change and read them: on both databases. */
import { describe, expect, test } from 'vitest';
import { onBothDatabases } from '#test/support/databases.ts';
import { pipelineWorld, type WirePipeline } from '#test/support/pipeline-world.ts';

const names = (body: { pipelines: WirePipeline[] }) => body.pipelines.map((row) => row.name);

onBothDatabases(({ open }) => {
  describe('the command line client', () => {
    test('adds, lists, views and deletes', async () => {
      const { must, ask, environment, owner } = await pipelineWorld(await open());
      const { pipeline } = await must('POST', '/pipelines', {
        name: 'rnaseq',
        description: 'Reads',
        launch: {
          computeEnvId: environment.id,
          pipeline: 'https://github.com/nf-core/rnaseq',
          revision: '3.14.0',
          workDir: '/scratch/w',
          configProfiles: ['docker', 'test'],
          configText: 'process.cpus = 2\n',
          paramsText: '{"a": 1}\n',
          preRunScript: 'module load x\n',
          postRunScript: 'true',
        },
      });
      expect(pipeline).toMatchObject({
        name: 'rnaseq',
        description: 'Reads',
        repository: 'https://github.com/nf-core/rnaseq',
        userName: 'olivia',
        userId: owner.id,
        orgName: 'acme',
        workspaceId: owner.workspaceId,
        workspaceName: 'main',
        visibility: 'PRIVATE',
        version: { name: 'rnaseq-1', isDefault: true },
      });
      const id: number = pipeline.pipelineId;
      expect(typeof id).toBe('number');
      const list = await must('GET', '/pipelines?max=100&offset=0&visibility=private&attributes=labels');
      expect(list).toMatchObject({ totalSize: 1, pipelines: [{ pipelineId: id, labels: [] }] });

      const view = (await must('GET', `/pipelines/${id}?attributes=labels`)).pipeline;
      expect(typeof view.version.id).toBe('string');
      const { launch } = await must('GET', `/pipelines/${id}/launch?versionId=${view.version.id}`);
      expect(launch).toMatchObject({
        pipeline: 'https://github.com/nf-core/rnaseq',
        revision: '3.14.0',
        workDir: '/scratch/w',
        configProfiles: ['docker', 'test'],
        configText: 'process.cpus = 2\n',
        paramsText: '{"a": 1}\n',
        preRunScript: 'module load x\n',
        postRunScript: 'true',
        computeEnv: { id: environment.id, config: { discriminator: 'slurm-platform' } },
      });
      expect(launch).not.toHaveProperty('resume');
      expect(launch).not.toHaveProperty('sessionId');

      // What it exports it can import, with fields of the answer in the request.
      const imported = await must('POST', '/pipelines', {
        name: 'copy',
        launch: { ...launch, computeEnv: undefined, computeEnvId: environment.id, resume: false },
      });
      const copy = (await must('GET', `/pipelines/${imported.pipeline.pipelineId}/launch`)).launch;
      expect({ ...copy, id: launch.id, dateCreated: 0, lastUpdated: 0 }).toEqual({
        ...launch,
        dateCreated: 0,
        lastUpdated: 0,
      });
      expect(copy.id).not.toBe(launch.id);

      expect(await ask('DELETE', `/pipelines/${id}`)).toEqual({ status: 204, body: undefined });
      expect((await ask('GET', `/pipelines/${id}`)).body.message).toBe(`Unknown pipeline: ${id}`);
      expect((await ask('GET', `/launch/${launch.id}`)).status).toBe(404);
    });

    test('finds one by its name in quotes; a launch by name gets all that hold it, the exact one first', async () => {
      const { must, save } = await pipelineWorld(await open());
      for (const name of ['a-rnaseq', 'rnaseq', 'rnaseq-2']) await save(name);
      const find = (search: string) =>
        must('GET', `/pipelines?search=${encodeURIComponent(search)}&visibility=all&max=50`);
      expect(names(await find('"rnaseq"'))).toEqual(['rnaseq']);
      expect(names(await find('"rnase"'))).toEqual([]);
      const found = await find('rnaseq');
      expect([found.totalSize, names(found)]).toEqual([3, ['rnaseq', 'a-rnaseq', 'rnaseq-2']]);
    });

    test('updates through the version: another launch makes the next version, the default one', async () => {
      const { must, save, launchOf, environment } = await pipelineWorld(await open());
      const made = await save('rnaseq', { revision: 'v1', headJobCpus: 4, towerConfig: 'r: 1' });
      const id = made.pipelineId;
      const path = `/pipelines/${id}/versions/${made.version.id}`;
      const { labels: _, ...unchanged } = made;
      // Nothing of the launch is another: the version stays.
      const { id: _id, computeEnv: _env, ...launch } = await launchOf(id);
      const same = await must('POST', path, {
        name: 'rnaseq',
        description: 'Reads',
        launch: { ...launch, computeEnvId: environment.id },
      });
      expect(same.pipeline).toMatchObject({ description: 'Reads', version: unchanged.version });
      // It knows nothing of some fields and does not send them: they stay.
      const { pipeline } = await must('POST', path, {
        name: 'rnaseq',
        launch: { computeEnvId: environment.id, pipeline: launch.pipeline, revision: 'v2' },
      });
      expect(pipeline.version).toMatchObject({ name: 'rnaseq-2', isDefault: true });
      expect(pipeline.version.hash).not.toBe(made.version.hash);
      expect(await launchOf(id)).toMatchObject({ revision: 'v2', headJobCpus: 4, towerConfig: 'r: 1' });
      expect(await launchOf(id, `versionId=${made.version.id}`)).toMatchObject({ revision: 'v1' });
      const { versions, totalSize } = await must('GET', `/pipelines/${id}/versions?isPublished=true`);
      expect(totalSize).toBe(2);
      expect(
        versions.map((row: WirePipeline) => [row.name, row.version.name, row.version.isDefault]),
      ).toEqual(
        expect.arrayContaining([
          ['rnaseq', 'rnaseq-2', true],
          ['rnaseq', 'rnaseq-1', false],
        ]),
      );
    });

    test('names drafts and makes them the default', async () => {
      const { must, ask, save, launchOf, environment } = await pipelineWorld(await open());
      const made = await save('rnaseq', { revision: 'v1' });
      const id = made.pipelineId;
      const change = async (versionId: string, revision: string): Promise<WirePipeline['version']> =>
        (
          await must('POST', `/pipelines/${id}/versions/${versionId}`, {
            launch: { computeEnvId: environment.id, pipeline: made.repository, revision },
          })
        ).pipeline.version;
      const second = await change(made.version.id, 'v2');
      // The old version is no default any more: what is made from it is a draft.
      const draft = await change(made.version.id, 'v3');
      expect(draft).toMatchObject({ isDefault: false });
      expect(draft).not.toHaveProperty('name');
      expect((await launchOf(id)).revision).toBe('v2');
      expect((await launchOf(id, `versionId=${draft.id}`)).revision).toBe('v3');
      const drafts = await must('GET', `/pipelines/${id}/versions?isPublished=false`);
      expect(drafts.versions.map((row: WirePipeline) => row.version.id)).toEqual([draft.id]);
      expect((await must('GET', `/pipelines/${id}/versions?search=SEQ-2`)).totalSize).toBe(1);

      const manage = (versionId: string, body: object) =>
        ask('PUT', `/pipelines/${id}/versions/${versionId}/manage`, body);
      const refused = async (versionId: string, body: object) => {
        const answer = await manage(versionId, body);
        return `${answer.status} ${answer.body.message}`;
      };
      expect(await refused(draft.id, { isDefault: true })).toMatch(
        /^400 name: a draft cannot be the default/,
      );
      expect(await refused(second.id, { isDefault: false })).toMatch(/^409 isDefault: this is the default/);
      expect(await refused(draft.id, { name: 'rnaseq-1' })).toBe(
        '409 name: a version named "rnaseq-1" exists already in rnaseq',
      );
      expect(await refused(draft.id, { name: 'a b' })).toMatch(/^400 name: use 1 to 100/);
      expect(await refused('AAAA', { name: 'x' })).toBe('404 Unknown pipeline version: AAAA');
      const validate = (name: string) => ask('GET', `/pipelines/${id}/versions/validate?name=${name}`);
      expect((await validate('rnaseq-2')).status).toBe(409);
      expect((await validate('-')).status).toBe(400);
      expect((await validate('rnaseq-3')).status).toBe(204);
      expect(await manage(draft.id, { name: 'rnaseq-3', isDefault: true })).toEqual({
        status: 204,
        body: undefined,
      });
      expect((await launchOf(id)).revision).toBe('v3');
      expect((await must('GET', `/pipelines/${id}`)).pipeline.version).toMatchObject({ name: 'rnaseq-3' });
      expect((await ask('GET', `/pipelines/${id}/launch?versionId=AAAA`)).status).toBe(404);
    });

    test('labels pipelines in bulk, and sees them where it asks', async () => {
      const { must, ask, save } = await pipelineWorld(await open());
      const label = async (name: string): Promise<number> => (await must('POST', '/labels', { name })).id;
      const [hot, cold, usual] = [
        await label('hot'),
        await label('cold'),
        (await must('POST', '/labels', { name: 'usual', isDefault: true })).id,
      ];
      const one = await save('one', {}, { labelIds: [hot] });
      const two = await save('two');
      const labelsOf = async (id: number) =>
        (await must('GET', `/pipelines/${id}?attributes=labels`)).pipeline.labels.map(
          (found: { name: string }) => found.name,
        );
      expect([await labelsOf(one.pipelineId), await labelsOf(two.pipelineId)]).toEqual([['hot'], ['usual']]);
      const bulk = (how: string, pipelineIds: number[], labelIds: number[]) =>
        ask('POST', `/pipelines/labels/${how}`, { pipelineIds, labelIds });
      expect(await bulk('apply', [one.pipelineId, two.pipelineId], [cold])).toEqual({
        status: 204,
        body: undefined,
      });
      expect((await bulk('add', [one.pipelineId], [hot])).status).toBe(204);
      expect((await bulk('remove', [one.pipelineId], [cold])).status).toBe(204);
      expect([await labelsOf(one.pipelineId), await labelsOf(two.pipelineId)]).toEqual([['hot'], ['cold']]);
      expect((await bulk('apply', [one.pipelineId, 987_654], [hot])).status).toBe(404);
      const found = async (search: string) =>
        names(await must('GET', `/pipelines?search=${encodeURIComponent(search)}`));
      expect(await found('label:hot')).toEqual(['one']);
      expect(await found('label:cold two')).toEqual(['two']);
      expect(await found('label:hot label:cold')).toEqual([]);
      expect(await found('user:OLIVIA')).toEqual(['one', 'two']);
      expect(await found('user:nobody')).toEqual([]);
      const plain = await must('GET', `/pipelines/${one.pipelineId}`);
      expect(plain.pipeline).not.toHaveProperty('labels');
      const shown = await must('GET', '/pipelines?attributes=labels&attributes=computeEnv');
      expect(shown.pipelines[0]).toMatchObject({
        labels: [{ name: 'hot' }],
        computeEnv: { id: expect.any(String) },
      });
      await must('PUT', `/pipelines/${two.pipelineId}`, { labelIds: [usual] });
      expect(await labelsOf(two.pipelineId)).toEqual(['usual']);
      expect((await ask('PUT', `/pipelines/${two.pipelineId}`, { labelIds: [987_654] })).status).toBe(400);
    });
  });
});
