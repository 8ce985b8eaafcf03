/** The stop button at the channels: within a second nothing of a suspended cluster is alive, against real sshds. */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Member } from '#test/support/member.ts';
import {
  children,
  openSshTestbed,
  running,
  runScript,
  type SshTestbed,
  sshProcesses,
  until,
} from '#test/support/ssh-testbed.ts';
import { type Sshd, startSshd } from '#test/support/sshd.ts';

let bed: SshTestbed;
let jump: Sshd;
let alice: Member;
let bob: Member;

beforeAll(async () => {
  bed = await openSshTestbed();
  jump = await startSshd();
  alice = await bed.enrol({ label: 'alice' });
  bob = await bed.enrol({ label: 'bob' });
});
afterEach(() => bed.closeAccesses());
afterAll(async () => {
  await bed.close();
  await jump.stop();
});

const sentence = 'managed identity hpc is suspended: olga stopped it';

test('a look at host keys that is under way ends at once, and a new one does not begin', async () => {
  const silent = createServer(() => {}).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;
  const access = bed.access();
  const look = (clusterKey: string) =>
    access
      .scanHostKeys({ clusterKey, hostName: '127.0.0.1', port })
      .catch((error: { code: string }) => error.code);
  const stopped = look('identity:7');
  const other = look('identity:8');
  await until(() => children('ssh-keyscan').length === 2, 10_000);
  const start = performance.now();
  access.suspend(new Map([['identity:7', sentence]]));
  await until(() => children('ssh-keyscan').length === 1, 5_000);
  expect(performance.now() - start).toBeLessThan(1_000);
  expect(await stopped).toBe('cluster_suspended');
  expect(await look('identity:7')).toBe('cluster_suspended');
  expect(children('ssh-keyscan')).toHaveLength(1);
  await access.close();
  expect(children('ssh-keyscan')).toEqual([]);
  expect(await other).toBe('unavailable');
  expect(await look('identity:9')).toBe('unavailable');
  silent.close();
});

test('channels, jump channels, streams and logins under way end at once; another cluster is not touched', async () => {
  const access = bed.access();
  const suspended = { ...bob.target, clusterKey: 'identity:7', credentialKey: 'managed:7@1' };
  const hop = {
    hostName: jump.host,
    port: jump.port,
    userName: alice.target.userName,
    pins: jump.hostKeys,
    signer: alice.signer,
  };
  const script = (text: string) => ({ argv: ['sh', '-c', text], timeoutMs: 60_000 });
  await runScript(access, alice, 'true');
  const others = sshProcesses();
  expect(others).toHaveLength(1);

  let streamed = 0;
  const hanging = [
    access.run(suspended, {
      ...script('while :; do echo line; done'),
      onStdout: async (chunk) => {
        streamed += chunk.length;
      },
    }),
    access.run(
      { ...alice.target, clusterKey: 'identity:7', credentialKey: 'managed:8@1', through: [hop] },
      script('sleep 60'),
    ),
    // On its own cluster, but its way there is opened with keys of the suspended one.
    access.run(
      { ...alice.target, credentialKey: 'managed:9@1', through: [{ ...hop, keysOf: 'identity:7' }] },
      script('sleep 60'),
    ),
  ].map((run) => run.catch((error: { code: string }) => error.code));
  await until(() => streamed > 0 && access.stats().open === 4, 20_000);
  await until(async () => (await running(alice, 'sleep 60')).length === 2, 20_000);
  const opening = access
    .run({ ...suspended, credentialKey: 'managed:10@1' }, script('true'))
    .catch((error: { code: string; message: string }) => `${error.code} ${error.message}`);

  const start = performance.now();
  access.suspend(new Map([['identity:7', sentence]]));
  await until(() => sshProcesses().length === 1, 5_000);
  expect(performance.now() - start).toBeLessThan(1_000);
  expect(sshProcesses()).toEqual(others);
  expect(await Promise.all(hanging)).toEqual(['channel_lost', 'channel_lost', 'channel_lost']);
  expect(await opening).toBe(`cluster_suspended ${sentence}`);
  await until(async () => (await running(alice, 'sleep 60')).length === 0, 10_000);

  await expect(access.run(suspended, script('true'))).rejects.toMatchObject({
    code: 'cluster_suspended',
    status: 409,
    message: sentence,
  });
  expect((await runScript(access, alice, 'true')).exitCode).toBe(0);

  access.suspend(new Map());
  expect((await access.run(suspended, script('true'))).exitCode).toBe(0);
});
