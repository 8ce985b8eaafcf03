/** The API with datasets to make and fill. */
import { expect } from 'vitest';
import type { Store } from '#core/ports/store.ts';
import { type Call, type Person, startApi } from './api.ts';

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** A file in a form, as clients upload it. */
export const formOf = async (content: string | Buffer, fileName: string) => {
  const form = new FormData();
  form.append(
    'file',
    new Blob([new Uint8Array(Buffer.from(content))], { type: 'application/octet-stream' }),
    fileName,
  );
  const whole = new Response(form);
  return {
    headers: { 'content-type': whole.headers.get('content-type') ?? '' },
    body: Buffer.from(await whole.arrayBuffer()),
  };
};

export const datasetApi = async (store: Store) => {
  const api = await startApi(store);
  const owner = await api.organisation('acme', 'olivia');
  const ask = async (method: Method, path: string, given: Call = {}) => {
    const answer = await api.call(method, `/api${path}`, { as: owner, ...given });
    const isJson = String(answer.headers['content-type']).includes('json');
    return {
      status: answer.statusCode,
      body: isJson ? answer.json() : answer.body,
      headers: answer.headers,
    };
  };
  const at = `workspaceId=${owner.workspaceId}`;
  const make = async (name: string, where = `?${at}`, as: Pick<Person, 'token'> = owner) => {
    const answer = await ask('POST', `/datasets${where}`, { as, body: { name } });
    expect(answer.status, JSON.stringify(answer.body)).toBe(200);
    return answer.body.dataset.id as string;
  };
  const upload = async (id: string, content: string | Buffer, fileName = 'samples.csv', more = '') =>
    ask('POST', `/datasets/${id}/upload?${more}`, await formOf(content, fileName));
  return { api, store, owner, ask, at, make, upload };
};
