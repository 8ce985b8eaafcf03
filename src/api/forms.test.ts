/** Forms over a real socket: where a route takes one, within its limits, and nowhere else. */
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import fastify, { type FastifyInstance } from 'fastify';
import { afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { badRequest } from '#core/errors.ts';
import { acceptForms, discardRest, formSchema, readFields, readFile } from './forms.ts';
import { sendProblem } from './problems.ts';

const maxBytes = 100_000;
/** Requests for `/file` whose handler has come to its end. */
let handled = 0;
const apps: FastifyInstance[] = [];
afterEach(() => Promise.all(apps.splice(0).map((app) => app.close())));

const serve = async (): Promise<string> => {
  const app = fastify();
  apps.push(app);
  app.setErrorHandler(sendProblem);
  await acceptForms(app);
  app.route({
    method: 'POST',
    url: '/file',
    handler: async (request) => {
      try {
        const { fileName, contentType, stream } = await readFile(request, { file: 'file', maxBytes });
        let size = 0;
        for await (const piece of stream) {
          size += piece.length;
          if (fileName === 'disliked') throw badRequest('file: is not liked');
        }
        return { fileName, contentType, size };
      } finally {
        discardRest(request);
        handled += 1;
      }
    },
  });
  app.route({
    method: 'POST',
    url: '/unread',
    handler: async (request) => {
      await readFile(request, { file: 'file', maxBytes });
      discardRest(request);
      return { read: false };
    },
  });
  app.route({
    method: 'POST',
    url: '/fields',
    handler: async (request) => {
      try {
        return await readFields(request);
      } finally {
        discardRest(request);
      }
    },
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  return `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
};

const fileForm = (content: string, { name = 'data.csv', field = 'file' } = {}): FormData => {
  const form = new FormData();
  form.append('note', 'first');
  form.append(field, new Blob([content], { type: 'text/csv' }), name);
  form.append('later', 'x');
  return form;
};
const post = async (url: string, body: FormData | string, headers: Record<string, string> = {}) => {
  const answer = await fetch(url, { method: 'POST', body, headers });
  return [answer.status, await answer.json()] as const;
};

describe('a file in a form', () => {
  test('is streamed, whatever stands around it', async () => {
    const url = await serve();
    expect(await post(`${url}/file`, fileForm('a,b\n', { name: 'Übersicht 1.csv' }))).toEqual([
      200,
      { fileName: 'Übersicht 1.csv', contentType: 'text/csv', size: 4 },
    ]);
    expect(await post(`${url}/file`, fileForm('x'.repeat(maxBytes)))).toMatchObject([
      200,
      { size: maxBytes },
    ]);
  });

  test('that is too large, missing, elsewhere, or not in a form is refused with a sentence', async () => {
    const url = await serve();
    expect(await post(`${url}/file`, fileForm('x'.repeat(maxBytes + 1)))).toEqual([
      413,
      { message: 'file: is too large: at most 100000 bytes' },
    ]);
    const missing = 'file: is missing: send it as a form (multipart/form-data) in the field "file"';
    expect(await post(`${url}/file`, fileForm('x', { field: 'data' }))).toEqual([400, { message: missing }]);
    expect(await post(`${url}/file`, '{}', { 'content-type': 'application/json' })).toEqual([
      415,
      { message: 'file: send it as a form (multipart/form-data) in the field "file"' },
    ]);
    const type = { 'content-type': 'multipart/form-data; boundary=b' };
    for (const broken of [
      '--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\nhalf',
      'x',
    ])
      expect((await post(`${url}/file`, broken, type))[0], broken).toBe(400);
    expect((await post(`${url}/file`, 'x', { 'content-type': 'multipart/form-data' }))[0]).toBe(400);
  });

  test('that nobody reads to its end holds up neither the answer nor the next request', async () => {
    const url = await serve();
    const large = 'x'.repeat(8_000_000);
    expect(await post(`${url}/unread`, fileForm(large))).toEqual([200, { read: false }]);
    expect(await post(`${url}/file`, fileForm(large, { name: 'disliked' }))).toEqual([
      400,
      { message: 'file: is not liked' },
    ]);
    expect((await post(`${url}/file`, fileForm('a,b')))[0]).toBe(200);
  });

  test('whose sender hangs up leaves nothing waiting', async () => {
    const url = await serve();
    const before = handled;
    const sending = httpRequest(`${url}/file`, {
      method: 'POST',
      headers: { 'content-type': 'multipart/form-data; boundary=b', 'content-length': '5000' },
    });
    sending.on('error', () => {});
    sending.write('--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\nhalf');
    const [app] = apps.splice(0);
    if (app) await once(app.server, 'request');
    sending.destroy();
    await expect.poll(() => handled).toBe(before + 1);
    await app?.close();
    expect(app?.server.listening).toBe(false);
  });
});

describe('the fields of a form', () => {
  test('are read by name, also from parts with a file name, JSON as a text', async () => {
    const url = await serve();
    const form = new FormData();
    form.append('workflow_url', 'main.nf');
    form.append('params', new Blob(['{"a":1}'], { type: 'application/json' }), 'params.json');
    expect(await post(`${url}/fields`, form)).toEqual([200, { workflow_url: 'main.nf', params: '{"a":1}' }]);
  });

  test('have a limit in number and size', async () => {
    const url = await serve();
    const many = new FormData();
    for (let index = 0; index < 60; index += 1) many.append(`f${index}`, 'x');
    expect((await post(`${url}/fields`, many))[0]).toBe(400);
    const large = new FormData();
    for (let index = 0; index < 3; index += 1) large.append(`f${index}`, 'x'.repeat(3_000_000));
    expect(await post(`${url}/fields`, large)).toEqual([
      413,
      { message: 'f2: is too large: at most 8388608 bytes' },
    ]);
    const prototype = new FormData();
    prototype.append('__proto__', 'x');
    expect((await post(`${url}/fields`, prototype))[0]).toBe(400);
  });
});

test('a file is described as one', () => {
  const { body } = formSchema({ file: 'file', maxBytes }) as { body: z.ZodType };
  expect(z.toJSONSchema(body)).toMatchObject({ properties: { file: { type: 'string', format: 'binary' } } });
});
