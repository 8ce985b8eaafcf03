/** Sends requests exactly as a real client does, and refuses answers that the client could not read. */
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';
import { expect } from 'vitest';
import { formOf } from '#test/support/dataset-api.ts';
import { unreadable } from './rules.ts';

export interface Answer {
  status: number;
  /** Parsed, of whatever shape; undefined where there is none. */
  body: ReturnType<typeof JSON.parse>;
  /** As it came. */
  bytes: Buffer;
  type: LightMyRequestResponse['headers']['content-type'];
}

interface Habits {
  userAgent: string;
  /** What a POST without a body carries. */
  emptyPost: Record<string, string>;
}

/** `tw` 0.38.0 as it was observed. */
export const twHabits: Habits = {
  userAgent: 'tw/0.38.0 (LINUX)',
  emptyPost: { 'content-type': 'application/json', 'content-length': '0' },
};

/** The published Terraform provider, 0.42.0. */
export const terraformHabits: Habits = {
  userAgent:
    'speakeasy-sdk/terraform 0.42.0 2.723.8 1.0.0 github.com/seqeralabs/terraform-provider-seqera/internal/sdk',
  emptyPost: {},
};

export const createClient = (app: FastifyInstance, token: string, habits: Habits) => {
  const send = async (
    method: NonNullable<InjectOptions['method']>,
    path: string,
    body?: unknown,
    form?: { headers: Record<string, string>; body: Buffer },
  ): Promise<Answer> => {
    const answer = await app.inject({
      method,
      url: `/api${path}`,
      headers: {
        authorization: `Bearer ${token}`,
        accept: 'application/json',
        'user-agent': habits.userAgent,
        ...(form?.headers ??
          (body === undefined
            ? method === 'POST' && habits.emptyPost
            : { 'content-type': 'application/json' })),
      },
      ...(form ? { payload: form.body } : body !== undefined && { payload: JSON.stringify(body) }),
    });
    const type = answer.headers['content-type'];
    const json = type?.includes('json') === true && answer.body !== '' ? answer.json() : undefined;
    const what = `${method} ${path} → ${answer.statusCode}`;
    expect(unreadable(json), what).toEqual([]);
    if (answer.statusCode >= 400) {
      // Command-line users see the message alone.
      expect(type, what).toMatch(/^application\/json/);
      expect(json.message, what).toMatch(/\w/);
    } else if (answer.statusCode === 204) expect(answer.body, what).toBe('');
    return { status: answer.statusCode, body: json, bytes: answer.rawPayload, type };
  };

  return {
    get: (path: string) => send('GET', path),
    post: (path: string, body?: unknown) => send('POST', path, body),
    put: (path: string, body: unknown) => send('PUT', path, body),
    delete: (path: string) => send('DELETE', path),
    /** A file in the field `file` of a form. */
    upload: async (path: string, content: string, fileName: string) =>
      send('POST', path, undefined, await formOf(content, fileName)),
  };
};

export type Client = ReturnType<typeof createClient>;
