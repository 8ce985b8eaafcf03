/** An organisation with a workspace that runs can be launched in, and a short way to ask the API there. */
import { expect } from 'vitest';
import type { Store } from '#core/ports/store.ts';
import { type Person, startApi } from './api.ts';
import { environmentOf } from './pipeline-records.ts';

export interface WireLaunch {
  id: string;
  pipeline: string;
  revision?: string;
  workDir?: string;
  paramsText?: string;
  configText?: string;
  preRunScript?: string;
  computeEnv?: { id: string; config: { discriminator: string } };
}

export interface WirePipeline {
  pipelineId: number;
  name: string;
  repository: string;
  workspaceId?: number;
  version: { id: string; name?: string; isDefault: boolean; hash: string };
  labels?: { id: number; name: string }[];
  computeEnv?: { id: string };
}

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';
type Asked = Pick<Person, 'token'>;

export const pipelineWorld = async (store: Store) => {
  const api = await startApi(store);
  const owner = await api.organisation('acme', 'olivia');
  const environment = await environmentOf(api, owner);

  /** In the owner's workspace, unless the path names another. */
  const ask = async (method: Method, path: string, body?: unknown, as: Asked = owner) => {
    const at = path.includes('workspaceId=')
      ? path
      : `${path}${path.includes('?') ? '&' : '?'}workspaceId=${owner.workspaceId}`;
    const answer = await api.call(method, `/api${at}`, { as, ...(body !== undefined && { body }) });
    return { status: answer.statusCode, body: answer.body === '' ? undefined : answer.json() };
  };

  /** What must succeed. */
  const must = async (method: Method, path: string, body?: unknown, as: Asked = owner) => {
    const answer = await ask(method, path, body, as);
    expect(answer.status, `${method} ${path}: ${JSON.stringify(answer.body)}`).toBeLessThan(300);
    return answer.body;
  };

  const save = async (name: string, launch: object = {}, more: object = {}): Promise<WirePipeline> =>
    (
      await must('POST', '/pipelines', {
        name,
        launch: { computeEnvId: environment.id, pipeline: `https://x.org/${name}`, ...launch },
        ...more,
      })
    ).pipeline;

  const launchOf = async (id: number, query = ''): Promise<WireLaunch> =>
    (await must('GET', `/pipelines/${id}/launch?${query}`)).launch;

  return { api, owner, environment, ask, must, save, launchOf };
};
