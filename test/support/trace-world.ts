/** Runs that report, and Nextflow's own calls to report with. */
import { expect } from 'vitest';
import type { Store } from '#core/ports/store.ts';
import type { Run } from '#core/runs.ts';
import { type Person, startApi, type TestApi } from './api.ts';
import { aRun } from './databases.ts';
import { type Recording, recordedCalls } from './nf-tower.ts';

interface Answered {
  workflowId: string;
  watchUrl?: string;
  message?: string;
}

export const traceWorld = async (store: Store) => {
  const api = await startApi(store);
  const owner = await api.organisation('acme', 'olivia');
  const person = (name: string, workspaceRole: 'launch' | 'view' | 'maintain') =>
    api.person(name, 'acme', { workspace: 'main', workspaceRole });
  const alice = await person('alice', 'launch');
  const bob = await person('bob', 'maintain');
  const { workspaceId } = owner;
  const launched = async (given: Partial<Run> = {}) => {
    const run = aRun(alice.id, {
      workspaceId,
      organisationId: owner.orgId,
      phase: 'follow',
      sessionId: 'aa0b6a24-0000-4000-8000-000000000001',
      ...given,
    });
    await store.runs.insert(run);
    return run;
  };
  return { api, owner, alice, bob, person, workspaceId, launched };
};

export const send = async (
  api: TestApi,
  as: Pick<Person, 'token'>,
  call: { method: 'POST' | 'PUT'; path: string; body: unknown; headers?: Record<string, string> },
  id = '',
) => {
  const path = `/api${call.path.replace('{id}', id)}`;
  const answer = await api.call(call.method, path, {
    as,
    body: call.body,
    ...(call.headers && { headers: call.headers }),
  });
  return { status: answer.statusCode, body: answer.json<Answered>() };
};

/** All calls of a recording, as the same run would send them; returns the run's id. */
export const replay = async (
  api: TestApi,
  as: Person,
  name: Recording,
  arrange: (calls: ReturnType<typeof recordedCalls>) => ReturnType<typeof recordedCalls> = (calls) => calls,
): Promise<string> => {
  const [create, ...calls] = recordedCalls(name);
  if (!create) throw new Error('nothing recorded');
  const created = await send(api, as, create);
  expect(created.status).toBe(200);
  const id = created.body.workflowId;
  for (const call of arrange(calls)) {
    const answer = await send(api, as, call, id);
    expect(answer.status, `${call.path} ${JSON.stringify(answer.body)}`).toBe(200);
    expect(answer.body).toMatchObject(
      call.path.endsWith('heartbeat') ? { message: 'OK' } : { status: 'OK', workflowId: id },
    );
  }
  return id;
};

export const seen = async (api: TestApi, as: Person, id: string) => {
  const get = async (path: string) => (await api.call('GET', `/api/workflow/${id}${path}`, { as })).json();
  return {
    run: await get(''),
    progress: (await get('/progress')).progress,
    tasks: (await get('/tasks?max=100')).tasks.map(({ task }: { task: unknown }) => task),
    metrics: (await get('/metrics')).metrics,
  };
};
