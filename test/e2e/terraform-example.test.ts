/** `examples/terraform` on a real server, sshd and Slurm: applied, planned empty, rotated, imported and destroyed. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { attachCluster } from '#test/support/cluster.ts';
import { useProvider } from '#test/support/provider/build.ts';
import { withEachDriver } from '#test/support/provider/drivers.ts';
import {
  expectNoSecrets,
  expectRefusal,
  flat,
  outsider,
  rowOf,
  useKeys,
} from '#test/support/provider/settings.ts';
import type { Stack } from '#test/support/provider/stack.ts';
import { headJobOf, launch, waitForRun } from '#test/support/road.ts';
import { useServer } from '#test/support/use-server.ts';

const cluster = attachCluster(inject('cluster'));
const built = useProvider();
const server = useServer();
const newKey = useKeys();
const example = join(import.meta.dirname, '../../examples/terraform');

withEachDriver('examples/terraform', (_driver, stack) => {
  const setUp = async () => {
    const [alice, bob] = [await outsider(server, 'alice'), await outsider(server, 'bob')];
    const { facts } = cluster;
    const variables = {
      server_url: server.url,
      org_id: server.organisationId,
      workspace_id: server.workspaceId,
      host_name: facts.host,
      port: facts.port,
      host_key: facts.hostKeys.find((key) => key.startsWith('ssh-ed25519')) ?? '',
      work_dir: facts.workDir,
      alice: alice.name,
      alice_linux_user: cluster.user('alice').name,
      alice_private_key: cluster.user('alice').privateKey,
      alice_key_version: 1,
      bob: bob.name,
      bob_linux_user: cluster.user('bob').name,
    };
    const options = {
      provider: 'latchkey',
      providerDir: built.dir,
      environment: { LATCHKEY_TOKEN: server.ownerToken },
      variables,
      planFiles: true as const,
    };
    const fill = async (it: Stack) => {
      for (const name of await readdir(example))
        if (name.endsWith('.tf')) await it.write({ [name]: await readFile(join(example, name), 'utf8') });
      return it;
    };
    const it = await fill(await stack(options));
    return { it, options, variables, alice, bob, another: async () => fill(await stack(options)) };
  };

  test('apply, empty plan, launches, rotation, a checked destroy, import, destroy', async () => {
    const { it, options, variables, alice, bob, another } = await setUp();
    const applied = await it.apply();
    expect(applied, applied.output).toMatchObject({ ok: true });
    const state = await it.state();
    const identity = Number(state['latchkey_managed_identity.cluster']?.values['managed_identity_id']);
    expect(state['latchkey_managed_identity.cluster']?.values).toMatchObject({ host_key_status: 'PINNED' });
    expect(state['latchkey_managed_credentials.alice']?.values).toMatchObject({ status: 'verified' });
    expect(state['latchkey_managed_credentials.bob']?.values).toMatchObject({ status: 'unverified' });
    expect(state['latchkey_compute_env.cluster']?.values).toMatchObject({ status: 'AVAILABLE' });
    const outputs = await it.outputs();
    expect(outputs['still_missing']).toContain('olga');
    expect(outputs['still_missing']).not.toContain(alice.name);
    expect(outputs['still_missing']).not.toContain(bob.name);
    expect(await it.plan()).toMatchObject({ ok: true, changes: false });

    // The key that was made in the vault is let in by its line, restricted as it is, and logs in.
    const line = String(outputs['line_for_bob']);
    expect(line).toMatch(/^restrict ssh-ed25519 /);
    await cluster.login('bob', `echo '${line}' >>~/.ssh/authorized_keys`);
    const verified = await server.owner.post<{ ok: boolean; message: string }>(
      `/identities/${identity}/credentials/${bob.userId}/verify`,
    );
    expect(verified.body, verified.body.message).toMatchObject({ ok: true });
    expect(await it.plan()).toMatchObject({ ok: true, changes: false });

    // Rotation: the new key proves itself, one that the cluster does not know changes nothing.
    const hers = async () => (await it.state())['latchkey_managed_credentials.alice'];
    const before = await hers();
    const stored = await rowOf(server, identity, alice.userId);
    variables.alice_private_key = newKey().privateKey;
    variables.alice_key_version = 2;
    expectRefusal(await it.apply(), 'private_key_wo', /Nothing was stored/);
    expect(await hers()).toEqual(before);
    expect(await rowOf(server, identity, alice.userId)).toEqual(stored);
    const next = newKey();
    await cluster.login('alice', `echo '${next.publicKey}' >>~/.ssh/authorized_keys`);
    variables.alice_private_key = next.privateKey;
    const rotated = await it.apply();
    expect(rotated, rotated.output).toMatchObject({ ok: true });
    expect(await rowOf(server, identity, alice.userId)).toMatchObject({
      status: 'verified',
      fingerprint: next.fingerprint,
    });
    expect(await it.plan()).toMatchObject({ changes: false });

    // Both launch with the keys that they have now; while Bob's run lives, nothing of his is taken away.
    const environment = String(outputs['environment']);
    const pipeline = {
      pipeline: cluster.facts.pipelines.sleeping,
      paramsText: '{"tasks": 1, "seconds": 120}',
    };
    const run = await launch(server, bob.api, environment, pipeline);
    await headJobOf(server, bob.api, run);
    const refused = await it.destroy();
    expect(refused.ok).toBe(false);
    expect(flat(refused.output)).toContain(run);
    expect(await rowOf(server, identity, bob.userId)).toMatchObject({ managedCredentialsId: bob.userId });
    // The documented resource takes his over. It lists the run, too, and with checked = false it stops it.
    const adopted = await stack({ ...options, provider: 'seqera' });
    const documented = (checked: boolean) => `provider "seqera" {
  server_url = "${server.url}"
}
resource "seqera_managed_credentials" "my_managedcredentials" {
  checked                = ${checked}
  credential_provider    = "ssh"
  managed_credentials_id = ${bob.userId}
  managed_identity_id    = ${identity}
  org_id                 = ${server.organisationId}
  user_id                = ${bob.userId}
}
`;
    await adopted.write({ 'main.tf': documented(true) });
    const ofBob = JSON.stringify({
      managed_identity_id: identity,
      org_id: server.organisationId,
      managed_credentials_id: bob.userId,
    });
    expect(await adopted.import('seqera_managed_credentials.my_managedcredentials', ofBob)).toMatchObject({
      ok: true,
    });
    expect(await adopted.apply()).toMatchObject({ ok: true });
    const inUse = await adopted.destroy();
    expect(inUse.ok).toBe(false);
    expect(flat(inUse.output)).toMatch(new RegExp(`server has a conflict.* \\(${run}\\): http`));
    expect(Object.keys(await adopted.state())).toHaveLength(1);
    expect(await rowOf(server, identity, bob.userId)).toMatchObject({ managedCredentialsId: bob.userId });
    await adopted.write({ 'main.tf': documented(false) });
    expect(await adopted.apply()).toMatchObject({ ok: true });
    expect(await adopted.destroy()).toMatchObject({ ok: true });
    expect(await rowOf(server, identity, bob.userId)).toMatchObject({ managedCredentialsId: null });
    // Others of the configuration are gone already, his place in the workspace among them.
    await waitForRun(server, server.owner, run);
    expect(await it.apply()).toMatchObject({ ok: true });

    // Somebody who has lost their state takes over all of it.
    const now = await it.state();
    const other = await another();
    const org = server.organisationId;
    const env = String(now['latchkey_compute_env.cluster']?.values['compute_env_id']);
    const id = Number(now['latchkey_managed_identity.cluster']?.values['managed_identity_id']);
    for (const [address, given] of [
      ['latchkey_managed_identity.cluster', { managed_identity_id: id, org_id: org }],
      ['latchkey_compute_env.cluster', { compute_env_id: env, workspace_id: server.workspaceId }],
      ['latchkey_member.alice', { org_id: org, user: alice.name }],
      ['latchkey_member.bob', { org_id: org, user: bob.name }],
    ] as const)
      expect(await other.import(address, JSON.stringify(given)), address).toMatchObject({ ok: true });
    const imported = await other.state();
    for (const address of Object.keys(imported))
      expect(imported[address]?.values, address).toEqual(now[address]?.values);

    const destroyed = await it.destroy();
    expect(destroyed, destroyed.output).toMatchObject({ ok: true });
    expect(await it.state()).toEqual({});
    const left = await server.owner.call('GET', `/identities/${id}?orgId=${org}`);
    expect(left.status).toBe(404);
    // Whoever has taken them over notices that all are gone.
    const anew = await other.plan();
    expect(anew).toMatchObject({ ok: true, changes: true });
    for (const address of Object.keys(imported)) expect(anew.output).toMatch(`${address} will be create`);
    await expectNoSecrets(it, [cluster.user('alice').privateKey, next.privateKey, server.ownerToken]);
  });
});
