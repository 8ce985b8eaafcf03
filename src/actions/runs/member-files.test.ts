/** Reading files with a cluster in memory; with a real one: `test/e2e`. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { notFound } from '#core/errors.ts';
import type { ClusterTarget, RemoteCommand, RemoteResult } from '#core/ports/cluster-access.ts';
import { aRun } from '#test/support/databases.ts';
import { createTestSigner } from '#test/support/test-signer.ts';
import { createMemberFiles } from './member-files.ts';

const { snapshot } = aRun(7);
const file = { root: '/w/alice/s', allowedRoots: ['/w'], path: 'nf-Run1.txt' };
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
/** A file without end: it goes on until nobody wants it any more. */
const endless = async ({ onStdout, signal }: RemoteCommand): Promise<RemoteResult> => {
  while (onStdout && !signal?.aborted) await onStdout(Buffer.alloc(32_768));
  return whole;
};

const filesThat = (present = true) =>
  createMemberFiles({
    clusters: { run: (_target, command) => endless(command) },
    targetFor: async () => target,
    files: {
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
  const { download } = filesThat();
  const start = () => download(snapshot, file, 'log.txt');
  const slow = [await start(), await start(), await start(), await start()];
  await expect(start()).rejects.toMatchObject({ status: 429, message: expect.stringContaining('alice') });
  for await (const _ of slow[0]?.stream ?? []) break;
  await sleep(10);
  slow.push(await start());
  await expect(start()).rejects.toMatchObject({ status: 429 });
  for (const { stream } of slow.slice(1)) for await (const _ of stream) break;
});

test('a file that is not there takes no place', async () => {
  const { download } = filesThat(false);
  for (let count = 0; count < 6; count += 1)
    await expect(download(snapshot, file, 'log.txt')).rejects.toMatchObject({ status: 404 });
});
