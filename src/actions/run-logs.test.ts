/** Reading a run's files with a cluster in memory; with a real one: `test/e2e`. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { systemCaller, type WorkspaceScope } from '#core/caller.ts';
import { notFound } from '#core/errors.ts';
import type { ClusterTarget, RemoteCommand, RemoteResult } from '#core/ports/cluster-access.ts';
import type { Store } from '#core/ports/store.ts';
import { permissionsOf } from '#core/roles.ts';
import type { Run } from '#core/runs.ts';
import { createTestSigner } from '#test/support/test-signer.ts';
import { createRunLogs } from './run-logs.ts';

const snapshot = {
  clusterKey: 'identity:1',
  credential: { kind: 'managed', id: 3 },
  hostName: 'login.example.org',
  linuxUser: 'alice',
};
const run = {
  id: 'Run1',
  workspaceId: 1,
  userId: 7,
  phase: 'done',
  headDir: '/w/alice/s',
  workDir: '/w',
  snapshot,
};
const store = { runs: { find: async () => run as unknown as Run } } as unknown as Pick<Store, 'runs'>;
const whole: RemoteResult = {
  exitCode: 0,
  stdout: Buffer.alloc(0),
  stderr: Buffer.alloc(0),
  timedOut: false,
  truncated: false,
};
const target: ClusterTarget = {
  clusterKey: 'identity:1',
  credentialKey: 'managed:3@1',
  hostName: 'login.example.org',
  port: 22,
  userName: 'alice',
  pins: [],
  signer: createTestSigner(),
};
const caller = { ...systemCaller('test'), userId: 8 };
const scope: WorkspaceScope = {
  kind: 'workspace',
  workspaceId: 1,
  workspaceName: 'lab',
  organisationId: 1,
  organisationName: 'uni',
  roles: ['view'],
  permissions: permissionsOf('view'),
};

/** A file without end: it goes on until nobody wants it any more. */
const endless = async ({ onStdout, signal }: RemoteCommand): Promise<RemoteResult> => {
  while (onStdout && !signal?.aborted) await onStdout(Buffer.alloc(32_768));
  return whole;
};

const logs = (present = true) =>
  createRunLogs({
    store,
    clusters: { run: (_target, command) => endless(command) },
    targetFor: async () => target,
    files: {
      names: (id) => [`nf-${id}.txt`],
      range: () => ({ argv: ['range'], timeoutMs: 1 }),
      parseRange: (_result, path) => {
        if (!present) throw notFound('file', path);
        return { size: 0, bytes: Buffer.alloc(0) };
      },
      stream: () => ({ argv: ['stream'], timeoutMs: 1 }),
      checkStream: () => {},
    },
  });

test('promise 21: slow readers take a few places of a channel and not all; who leaves makes room', async () => {
  const { download } = logs();
  const file = () => download(caller, scope, 'Run1', 'nf-Run1.txt');
  const slow = [await file(), await file(), await file(), await file()];
  await expect(file()).rejects.toMatchObject({ status: 429, message: expect.stringContaining('alice') });
  for await (const _ of slow[0]?.stream ?? []) break;
  await sleep(10);
  slow.push(await file());
  await expect(file()).rejects.toMatchObject({ status: 429 });
  for (const { stream } of slow.slice(1)) for await (const _ of stream) break;
});

test('a file that is not there takes no place', async () => {
  const { download } = logs(false);
  for (let count = 0; count < 6; count += 1)
    await expect(download(caller, scope, 'Run1', 'nf-Run1.txt')).rejects.toMatchObject({ status: 404 });
});
