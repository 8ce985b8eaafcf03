/** Proofs and host keys on a real sshd with real Linux users: what the cluster says is what counts. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ManagedIdentity } from '#core/clusters.ts';
import type { ClusterAccess } from '#core/ports/cluster-access.ts';
import type { Store } from '#core/ports/store.ts';
import { drivers } from '#schedulers/drivers.ts';
import { accountProbe } from '#schedulers/queries/probe.ts';
import { createClusterAccess } from '#ssh/cluster-access.ts';
import { openStore } from '#store/open.ts';
import { type ClusterHouse, closeClusterHouses, createClusterHouse } from '#test/support/cluster-house.ts';
import { createLinuxUser, type LinuxUser } from '#test/support/linux-users.ts';
import { type Sshd, startSshd } from '#test/support/sshd.ts';
import { createTestSigner } from '#test/support/test-signer.ts';

let dir: string;
let store: Store;
let clusters: ClusterAccess;
let sshd: Sshd;
let house: ClusterHouse;
let identity: ManagedIdentity;
let alice: LinuxUser;
let bob: LinuxUser;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'lk-'));
  store = await openStore({ url: `sqlite:${join(dir, 'a.db')}` });
  clusters = createClusterAccess({ runtimeDir: join(dir, 'ssh'), allowedNetworks: ['127.0.0.0/8'] });
  sshd = await startSshd();
  house = await createClusterHouse(store, 'confirm', { clusters, drivers, accountProbe });
  alice = await createLinuxUser({ label: 'alice', authorizedKeys: [house.alice.key.publicKey] });
  bob = await createLinuxUser({ label: 'bob' });
  identity = await house.identity({
    config: { discriminator: 'slurm-platform', hostName: '127.0.0.1', port: sshd.port, workDir: alice.home },
  });
});
afterAll(async () => {
  await clusters?.close();
  await Promise.all([alice?.remove(), bob?.remove(), sshd?.stop(), store?.close(), closeClusterHouses()]);
  await rm(dir, { recursive: true, force: true });
});

const save = (linuxUser: string, privateKey = house.alice.key.privatePem) =>
  house.managedCredentials.create(
    house.alice.caller,
    house.alice.scope,
    identity.id,
    house.alice.caller.userId,
    {
      key: { privateKey },
      linuxUser,
      adopt: false,
    },
  );
const owner = () => ({ kind: 'identity', id: identity.id }) as const;

test('promise 16: the real host key is seen, and no key is offered before it is confirmed', async () => {
  const view = await house.hostKeys.list(house.alice.caller, house.alice.scope, owner(), { scan: false });
  expect(view.hostKeys.map((key) => key.publicKey)).toEqual(sshd.hostKeys);
  expect(await save(alice.name)).toMatchObject({ status: 'unverified' });
  expect(await sshd.log()).not.toMatch(/publickey/);
  const confirm = view.hostKeys.map((key) => key.fingerprint);
  await house.hostKeys.decide(house.olga.caller, house.olga.scope, owner(), { confirm });
});

test('promise 15: the right key is verified, with what the account finds there', async () => {
  expect(await save(alice.name)).toMatchObject({ status: 'verified', linuxUser: alice.name });
  const { caller, scope } = house.alice;
  const { ok, report, findings } = await house.managedCredentials.verify(
    caller,
    scope,
    identity.id,
    caller.userId,
  );
  expect(ok).toBe(true);
  expect(report).toMatchObject({
    linuxUser: alice.name,
    uid: alice.uid,
    home: alice.home,
    workDirWritable: true,
  });
  expect(findings.join('\n')).toContain('chmod 2770');
});

test('promise 15: a key the cluster does not know, or not for that account, changes nothing', async () => {
  await expect(save(alice.name, createTestSigner().privatePem)).rejects.toMatchObject({ status: 400 });
  await expect(save(bob.name)).rejects.toMatchObject({
    status: 400,
    message: expect.stringContaining(bob.name),
  });
  const kept = await store.managedCredentials.find(identity.id, house.alice.caller.userId);
  expect(kept).toMatchObject({ status: 'verified', linuxUser: alice.name });
});

test('promise 15: a login that ends up as somebody else is refused by name', async () => {
  // Two names for one uid: the login is alias, the account is alice.
  const alias = `${alice.name}x`;
  const { execFile } = await import('node:child_process');
  const { promisify } = await import('node:util');
  const run = promisify(execFile);
  await run('useradd', [
    '-o',
    '-u',
    String(alice.uid),
    '-g',
    String(alice.gid),
    '-M',
    '-d',
    alice.home,
    '-p',
    '*',
    alias,
  ]);
  try {
    await expect(save(alias)).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining(`ended up as "${alice.name}"`),
    });
  } finally {
    // userdel would look for processes of the uid, which are the other name's.
    await run('userdel', ['-f', alias]).catch(() => undefined);
  }
});

test('promise 16: a changed host key blocks, and the changed server is offered nothing', async () => {
  const { port } = sshd;
  await sshd.stop();
  sshd = await startSshd({ port });
  const { caller, scope } = house.alice;
  const verified = await house.managedCredentials.verify(caller, scope, identity.id, caller.userId);
  expect(verified.ok).toBe(false);
  const view = await house.hostKeys.list(caller, scope, owner(), { scan: false });
  expect(view.status).toBe('CHANGED');
  expect(view.hostKeys.filter((key) => key.status === 'CHANGED').map((key) => key.publicKey)).toEqual(
    sshd.hostKeys,
  );
  expect(await sshd.log()).not.toMatch(/publickey/);
});
