/** What the type checker refuses is part of the promise: each `@ts-expect-error` that compiles is a fault, asked of it here. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { defineRoute, successOf } from './route.ts';

const base = { operationId: 'X', method: 'GET', path: '/x', summary: 'x' } as const;
const response = { 200: z.object({}) };
const given = { ...base, response };
const open = { ...base, permission: 'public', scope: 'none' } as const;

const root = join(import.meta.dirname, '../..');
/** What the type checker says of this file: nothing, while all that is expected to fail does. */
let said: string;
beforeAll(async () => {
  const dir = await mkdtemp(join(tmpdir(), 'latchkey-types-'));
  const config = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: { typeRoots: [join(root, 'node_modules/@types')] },
    include: [],
    files: [import.meta.filename],
  };
  await writeFile(join(dir, 'tsconfig.json'), JSON.stringify(config));
  const words = [join(root, 'node_modules/typescript/bin/tsc'), '-p', dir];
  said = await new Promise((resolve) =>
    execFile(process.execPath, words, (_failed, stdout) => resolve(stdout)),
  );
  await rm(dir, { recursive: true });
});

describe('promise 27: a route that', () => {
  test('names no permission, or one that does not fit its scope, does not build', () => {
    expect(said).toBe('');
    // @ts-expect-error no permission
    expect(defineRoute({ ...given, scope: 'user' })).toBeDefined();
    // @ts-expect-error a permission of an organisation in a workspace
    expect(defineRoute({ ...given, permission: 'identity:read', scope: 'run' })).toBeDefined();
    // @ts-expect-error a permission of a workspace for anybody signed in
    expect(defineRoute({ ...given, permission: 'workflow:read', scope: 'user' })).toBeDefined();
    // @ts-expect-error public, yet within walls
    expect(defineRoute({ ...given, permission: 'public', scope: 'run' })).toBeDefined();
  });

  test('has no success status, or two, does not build', () => {
    expect(said).toBe('');
    // @ts-expect-error two success statuses
    expect(defineRoute({ ...open, response: { 200: null, 204: null } })).toBeDefined();
    // @ts-expect-error none
    const none = defineRoute({ ...open, response: {} });
    expect(() => successOf(none)).toThrow('no answer');
  });

  test('is well formed builds', () => {
    expect(successOf(defineRoute({ ...given, permission: 'workflow:read', scope: 'run' }))).toEqual({
      status: 200,
      answer: response[200],
    });
  });
});
