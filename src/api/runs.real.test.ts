/** Runs as people find, mark, rename and delete them: on both databases. */
import { describe, expect, test } from 'vitest';
import type { Store } from '#core/ports/store.ts';
import type { Run } from '#core/runs.ts';
import { type Call, type Person, startApi } from '#test/support/api.ts';
import { aRun, onBothDatabases } from '#test/support/databases.ts';

const day = (text: string) => Date.parse(`${text}T12:00:00Z`);

const world = async (store: Store) => {
  const api = await startApi(store);
  const owner = await api.organisation('acme', 'olivia');
  const { orgId: organisationId, workspaceId } = owner;
  const participant = (user: string, workspaceRole: 'maintain' | 'launch' | 'view') =>
    api.person(user, 'acme', { workspace: 'main', workspaceRole });
  const people = {
    owner,
    mark: await participant('mark', 'maintain'),
    lena: await participant('lena', 'launch'),
    leo: await participant('leo', 'launch'),
    vera: await participant('vera', 'view'),
  };
  const run = async (person: Person, given: Partial<Run> = {}): Promise<Run> => {
    const made = aRun(person.id, {
      organisationId,
      workspaceId,
      status: 'SUCCEEDED',
      phase: 'done',
      ...given,
    });
    await store.runs.insert(made);
    return made;
  };
  const ask = async (
    as: Person,
    method: 'GET' | 'POST' | 'DELETE' | 'PATCH',
    path: string,
    more: Call = {},
  ) => {
    const answer = await api.call(method, `/api/workflow${path}`, { as, ...more });
    return { status: answer.statusCode, body: answer.body === '' ? null : answer.json() };
  };
  const here = `workspaceId=${workspaceId}`;
  const find = async (as: Person, search: string, more = '') => {
    const { body, status } = await ask(as, 'GET', `?${here}&search=${encodeURIComponent(search)}${more}`);
    if (status !== 200) return body.message as string;
    return body.workflows.map(
      ({ workflow }: { workflow: { runName: string } }) => workflow.runName,
    ) as string[];
  };
  const events = async (name: string) =>
    (await store.audit.list({ max: 100 }))
      .filter(({ event }) => event === name)
      .map(({ target }) => target.id);
  return { api, ...people, run, ask, here, find, events };
};

onBothDatabases(({ open }) => {
  describe('the list', () => {
    test('finds by every keyword exactly, by all of them together, and by free text', async () => {
      const { lena, leo, run, find, ask, here } = await world(await open());
      const sessionId = '85d35eae-21ea-4294-bc92-6f9d1e0a0c11';
      const first = await run(lena, {
        runName: 'grave_bell',
        createdAt: day('2026-01-10'),
        launch: { pipeline: 'https://example.org/lab/rnaseq' },
        facts: { projectName: 'lab/rnaseq' },
        sessionId,
      });
      await run(leo, { runName: 'wise_noether', createdAt: day('2026-02-10'), status: 'FAILED' });
      await run(leo, {
        runName: 'bold_euler',
        createdAt: day('2026-03-10'),
        status: 'RUNNING',
        phase: 'follow',
      });
      const all = ['bold_euler', 'wise_noether', 'grave_bell'];
      const expected: [string, string[]][] = [
        ['', all],
        ['status:failed', ['wise_noether']],
        ['status:failed status:RUNNING', ['bold_euler', 'wise_noether']],
        ['username:LEO', ['bold_euler', 'wise_noether']],
        ['userName:le', []],
        ['after:2026-02-10', ['bold_euler', 'wise_noether']],
        ['before:2026-3', ['wise_noether', 'grave_bell']],
        ['after:2026-02-10T12:00:01Z', ['bold_euler']],
        ['after:2026-02-10T13:00:00+01:00 before:2026-02-11', ['wise_noether']],
        ['runName:grave_bell', ['grave_bell']],
        ['runName:grave', []],
        [`workflowId:${first.id}`, ['grave_bell']],
        [`sessionId:${sessionId.toUpperCase()}`, ['grave_bell']],
        ['projectName:lab/rnaseq', ['grave_bell']],
        ['projectName:rnaseq', []],
        ['projectName:https://example.org/Hello', ['bold_euler', 'wise_noether']],
        ['RNAseq', ['grave_bell']],
        ['*bell*', ['grave_bell']],
        ['85d35eae', ['grave_bell']],
        ['example username:lena status:succeeded after:2026-01-01', ['grave_bell']],
        // Unknown keywords are words.
        ['colour:red', []],
        ['https://example.org/lab', ['grave_bell']],
      ];
      for (const [search, names] of expected) expect(await find(lena, search), search).toEqual(names);
      expect(await find(lena, 'status:sleeping')).toContain(
        'search: "status:sleeping" is none; use submitted',
      );
      for (const bad of [
        'after:tomorrow',
        'after:2026-02-30',
        'before:2026-04-31T12:00:00+01:00',
        'after:2027-2-29',
        'before:2026-13',
        'before:2026-01-00',
      ])
        expect(await find(lena, bad)).toBe(
          `search: "${bad}" is not a date; write 2026-01-31 or 2026-01-31T12:00:00Z`,
        );
      expect(await find(lena, 'after:2024-02-29 before:2026-2-28T00:00')).toEqual(all.slice(1));
      expect(await find(lena, 'is:red')).toBe('search: "is:red" is not known; use is:starred');
      const hidden = await ask(lena, 'DELETE', `/${first.id}?${here}`);
      expect(hidden.status).toBe(204);
      expect(await find(lena, '')).toEqual(all.slice(0, 2));
    });

    test('comes in pages, newest first, with the number of all where it is asked for', async () => {
      const { lena, run, ask, here } = await world(await open());
      for (let count = 0; count < 5; count += 1)
        await run(lena, { runName: `run${count}`, createdAt: 1_000 + count });
      const page = async (query: string) => {
        const { body } = await ask(lena, 'GET', `?${here}&${query}`);
        const names = body.workflows.map(
          ({ workflow }: { workflow: { runName: string } }) => workflow.runName,
        );
        return [names.join(), body.totalSize, body.hasMore];
      };
      expect(await page('max=2&includeTotalSize=true')).toEqual(['run4,run3', 5, true]);
      expect(await page('max=2&offset=4&includeTotalSize=true')).toEqual(['run0', 5, false]);
      expect(await page('max=2&offset=2')).toEqual(['run2,run1', 5, true]);
      expect(await page('max=2&includeTotalSize=false')).toEqual(['run4,run3', undefined, true]);
      expect(await page('max=5&includeTotalSize=false')).toEqual([
        'run4,run3,run2,run1,run0',
        undefined,
        false,
      ]);
      expect(await page('max=2&offset=9&includeTotalSize=false')).toEqual(['', undefined, false]);
      expect(await page('max=0')).toEqual(['', 5, true]);
    });
  });

  test('stars: everybody has their own, twice is once, each in the audit log', async () => {
    const { lena, vera, run, ask, here, find, events } = await world(await open());
    const first = await run(lena, { runName: 'first' });
    await run(lena, { runName: 'second' });
    const star = `/${first.id}/star?${here}`;
    expect((await ask(vera, 'GET', star)).status).toBe(404);
    for (let twice = 0; twice < 2; twice += 1)
      expect(await ask(vera, 'POST', star, { headers: { 'content-type': 'application/json' } })).toEqual({
        status: 200,
        body: { workflowId: first.id },
      });
    expect(await ask(vera, 'GET', star)).toEqual({ status: 200, body: { workflowId: first.id } });
    expect((await ask(lena, 'GET', star)).status).toBe(404);
    expect(await find(vera, 'is:starred')).toEqual(['first']);
    expect(await find(lena, 'is:starred')).toEqual([]);
    const rows = (await ask(vera, 'GET', `?${here}&search=first`)).body.workflows;
    expect(rows.map(({ starred }: { starred: boolean }) => starred)).toEqual([true]);
    for (let twice = 0; twice < 2; twice += 1)
      expect(await ask(vera, 'DELETE', star)).toEqual({ status: 200, body: { workflowId: first.id } });
    expect(await find(vera, 'is:starred')).toEqual([]);
    expect([await events('workflow_starred'), await events('workflow_unstarred')]).toEqual([
      [first.id],
      [first.id],
    ]);
  });

  describe('names', () => {
    test('are made up, checked, and taken within a session alone', async () => {
      const { lena, leo, run, ask } = await world(await open());
      const made = (await ask(lena, 'GET', '/random-name')).body.name;
      expect(made).toMatch(/^[a-z]+_[a-z]+$/);
      const sessionId = '85d35eae-21ea-4294-bc92-6f9d1e0a0c11';
      await run(lena, { runName: 'grave_bell', sessionId });
      await run(leo, {
        runName: 'own',
        sessionId: '11111111-21ea-4294-bc92-6f9d1e0a0c11',
        workspaceId: null,
      });
      const check = async (as: Person, query: string) => (await ask(as, 'GET', `/validate?${query}`)).status;
      expect(await check(lena, `runName=${made}`)).toBe(204);
      expect(await check(lena, 'runName=grave_bell')).toBe(204);
      expect(await check(lena, `runName=other&sessionId=${sessionId}`)).toBe(204);
      expect(await check(lena, `runName=grave_bell&sessionId=${sessionId}`)).toBe(409);
      for (const bad of ['', 'Grave', '-x', 'a__b', 'x'.repeat(81)])
        expect(await check(lena, `runName=${bad}`)).toBe(400);
      // Another person's session is as one that does not exist.
      const foreign = 'runName=own&sessionId=11111111-21ea-4294-bc92-6f9d1e0a0c11';
      expect([await check(lena, foreign), await check(leo, foreign)]).toEqual([204, 409]);
    });

    test('change by PATCH, which answers the run; what cannot be changed is ignored', async () => {
      const { lena, run, ask, here, find, events } = await world(await open());
      const first = await run(lena, { runName: 'first' });
      await run(lena, { runName: 'second' });
      const patch = (body: object) => ask(lena, 'PATCH', `/${first.id}?${here}`, { body });
      const { status, body } = await patch({ runName: 'renamed' });
      expect([status, body.workflow.runName, body.workflow.id]).toEqual([200, 'renamed', first.id]);
      expect(await find(lena, 'renam')).toEqual(['renamed']);
      expect(await find(lena, 'first')).toEqual([]);
      expect((await patch({ runName: 'Bad Name' })).status).toBe(400);
      expect((await patch({ runName: 'second' })).body.message).toContain('runName: a run of this session');
      expect((await patch({ schedRunId: 'x' })).body.workflow.runName).toBe('renamed');
      expect((await patch({ runName: 'renamed' })).status).toBe(200);
      expect(await events('workflow_updated')).toEqual([first.id]);
    });
  });

  test('what others have launched takes maintain; what one has launched, launch', async () => {
    const { owner, mark, lena, leo, vera, run, ask, here, events } = await world(await open());
    const live = { status: 'RUNNING', phase: 'follow' } as const;
    const others = await run(leo, live);
    const changes: ['POST' | 'PATCH' | 'DELETE', string][] = [
      ['POST', '/cancel'],
      ['PATCH', ''],
      ['DELETE', ''],
    ];
    const change = (as: Person, { id }: Run, [method, path]: (typeof changes)[number]) =>
      ask(
        as,
        method,
        `/${id}${path}?${here}&force=true`,
        method === 'PATCH' ? { body: { runName: 'mine' } } : {},
      );
    for (const each of changes) {
      const refused = await change(lena, others, each);
      expect([refused.status, refused.body.message]).toEqual([403, expect.stringContaining('is not yours')]);
      expect((await change(vera, others, each)).status).toBe(403);
    }
    expect(
      (await ask(lena, 'POST', `/delete?${here}&force=true`, { body: { workflowIds: [others.id] } })).body,
    ).toEqual({
      failedWorkflowIds: [others.id],
    });
    expect(await events('workflow_cancelled')).toEqual([]);
    for (const [person, theirs] of [
      [lena, lena],
      [mark, leo],
      [owner, leo],
    ] as const) {
      const target = await run(theirs, { ...live, sessionId: person.userName });
      for (const each of changes)
        expect((await change(person, target, each)).status, each.join(' ')).toBeLessThan(300);
      expect(await events('workflow_deleted')).toContain(target.id);
    }
  });

  test('many are deleted each as if alone; those that could not be are told', async () => {
    const { mark, lena, run, ask, here, find, events } = await world(await open());
    const over = await run(lena, { runName: 'over' });
    const live = await run(lena, { runName: 'live', status: 'RUNNING', phase: 'follow' });
    const elsewhere = await run(lena, { runName: 'elsewhere', workspaceId: null });
    const workflowIds = [over.id, live.id, elsewhere.id, 'AAAAAAAAAAAA', over.id];
    const remove = (query: string, ids: unknown) =>
      ask(mark, 'POST', `/delete?${here}${query}`, { body: { workflowIds: ids } });
    expect(await remove('', workflowIds)).toEqual({
      status: 200,
      body: { failedWorkflowIds: [live.id, elsewhere.id, 'AAAAAAAAAAAA'] },
    });
    expect(await find(mark, '')).toEqual(['live']);
    expect(await remove('&force=true', [live.id])).toEqual({ status: 200, body: { failedWorkflowIds: [] } });
    expect(await find(mark, '')).toEqual([]);
    expect(await events('workflow_deleted')).toEqual([live.id, over.id]);
    expect(await events('workflow_cancelled')).toEqual([live.id]);
    expect((await remove('', 'x')).status).toBe(400);
    expect((await remove('', [])).body).toEqual({ failedWorkflowIds: [] });
  });
});
