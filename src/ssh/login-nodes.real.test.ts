/** Several login nodes behind one name, each with keys of its own: two real sshd on two loopback addresses. */
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { ClusterTarget } from '#core/ports/cluster-access.ts';
import type { Member } from '#test/support/member.ts';
import { asText, openSshTestbed, type SshTestbed } from '#test/support/ssh-testbed.ts';
import { type Sshd, startSshd } from '#test/support/sshd.ts';
import { createTestSigner } from '#test/support/test-signer.ts';

const [addressA, addressB] = ['127.0.0.2', '127.0.0.3'];
let bed: SshTestbed;
let nodeB: Sshd;
let alice: Member;
let target: ClusterTarget;

beforeAll(async () => {
  bed = await openSshTestbed({ address: addressA });
  nodeB = await startSshd({ address: addressB, port: bed.sshd.port });
  alice = await bed.enrol({ label: 'alice' });
  target = {
    ...alice.target,
    hostName: 'login.hpc.example',
    pins: [...bed.sshd.hostKeys, ...nodeB.hostKeys],
  };
});
afterEach(() => bed.closeAccesses());
afterAll(async () => {
  await nodeB.stop();
  await bed.close();
});

const resolving = (...addresses: string[]) => ({ resolve: async () => addresses });
/** The address of the node that served a command. */
const servedBy = async (access: ReturnType<SshTestbed['access']>, there = target): Promise<string> => {
  const { stdout } = await access.run(there, {
    argv: ['sh', '-c', 'set -- $SSH_CONNECTION; echo $3'],
    timeoutMs: 10_000,
  });
  return asText(stdout).trim();
};

describe('one name, two login nodes', () => {
  test('a scan shows the keys of both, and of the one that is up where the other is not', async () => {
    const keys = async (...addresses: string[]) =>
      (
        await bed
          .access(resolving(...addresses))
          .scanHostKeys({ clusterKey: 'identity:1', hostName: 'login.hpc.example', port: bed.sshd.port })
      ).map(({ publicKey }) => publicKey);
    expect((await keys(addressA, addressB)).toSorted()).toEqual(target.pins.toSorted());
    expect(await keys('127.0.0.9', addressB)).toEqual(nodeB.hostKeys);
    await expect(keys('127.0.0.9')).rejects.toMatchObject({ code: 'host_unreachable' });
  });

  test('whichever the name leads to, its own key is the one that is asked for', async () => {
    expect(await servedBy(bed.access(resolving(addressA, addressB)))).toBe(addressA);
    expect(await servedBy(bed.access(resolving(addressB, addressA)))).toBe(addressB);
  });

  test('promise 16: a node whose key nobody has confirmed is offered nothing, though the other one is known', async () => {
    const before = alice.signer.signatures();
    const logged = (await nodeB.log()).length;
    await expect(
      servedBy(bed.access(resolving(addressB)), { ...target, pins: bed.sshd.hostKeys }),
    ).rejects.toMatchObject({
      code: 'host_key_changed',
      message: expect.stringContaining('where several login nodes share this name, those of all'),
    });
    expect(alice.signer.signatures()).toBe(before);
    expect((await nodeB.log()).slice(logged)).not.toMatch(/publickey/);
  });

  test('promise 26: each address is checked for itself, and the checked one is dialled', async () => {
    const logged = (await bed.sshd.log()).length;
    const access = bed.access({
      ...resolving('169.254.169.254', addressA, addressB),
      allowedNetworks: [`${addressB}/32`],
    });
    expect(await servedBy(access)).toBe(addressB);
    expect(await bed.logSince(logged)).not.toContain('Connection from');
  });

  test('a node that refuses the key has answered: no other one is asked', async () => {
    const signer = createTestSigner();
    const logged = (await nodeB.log()).length;
    await expect(
      servedBy(bed.access(resolving(addressA, addressB)), {
        ...target,
        signer,
        credentialKey: 'managed:998@1',
      }),
    ).rejects.toMatchObject({ code: 'credential_refused' });
    expect((await nodeB.log()).slice(logged)).not.toContain('Connection from');
  });
});

describe('one of them is down', () => {
  test('nobody listens there: the next one serves', async () => {
    expect(await servedBy(bed.access(resolving('127.0.0.9', addressB)))).toBe(addressB);
  });

  test('it hangs: the next one serves within the limit, and later logins do not wait for it', async () => {
    const sockets: Socket[] = [];
    const hanging = createServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => undefined);
    });
    await new Promise<void>((resolve) => hanging.listen(bed.sshd.port, '127.0.0.4', resolve));
    try {
      // What each login is given to connect.
      const asked = join(bed.dir, 'asked');
      const sshProgram = join(bed.dir, 'ssh-that-tells');
      writeFileSync(sshProgram, `#!/bin/sh\ngrep ConnectTimeout "$3" >>${asked}\nexec ssh "$@"\n`, {
        mode: 0o755,
      });
      const access = bed.access({ ...resolving('127.0.0.4', addressB), connectTimeoutMs: 4_000, sshProgram });
      const start = performance.now();
      expect(await servedBy(access)).toBe(addressB);
      expect(performance.now() - start).toBeGreaterThan(1_000);
      expect(performance.now() - start).toBeLessThan(8_000);
      // The one after it may be there at once: it is waited for half as long as the last.
      expect(readFileSync(asked, 'utf8').match(/\d+/g)).toEqual(['2', '4']);
      access.closeChannels({ clusterKey: target.clusterKey });
      expect(await servedBy(access)).toBe(addressB);
      expect(sockets).toHaveLength(1);
    } finally {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => hanging.close(() => resolve()));
    }
  });

  test('it dies in mid-run: what follows is served by the other one', async () => {
    const nodeC = await startSshd({ address: '127.0.0.5', port: bed.sshd.port });
    const access = bed.access(resolving('127.0.0.5', addressB));
    const there = { ...target, pins: [...target.pins, ...nodeC.hostKeys] };
    expect(await servedBy(access, there)).toBe('127.0.0.5');
    const cut = access.run(there, { argv: ['sleep', '30'], timeoutMs: 40_000 });
    const lost = expect(cut).rejects.toMatchObject({ code: 'channel_lost' });
    await nodeC.crash();
    await lost;
    expect(await servedBy(access, there)).toBe(addressB);
    await nodeC.stop();
  });
});
