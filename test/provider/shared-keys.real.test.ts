/** Keys that a workspace shares, what can be looked up, and an apply that is interrupted. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { useProvider } from '#test/support/provider/build.ts';
import { withEachDriver } from '#test/support/provider/drivers.ts';
import { startProxy } from '#test/support/provider/proxy.ts';
import {
  expectNoSecrets,
  expectRefusal,
  optionsFor,
  sharedKey,
  unreachableCluster,
  useKeys,
} from '#test/support/provider/settings.ts';
import { freshName } from '#test/support/road.ts';
import { useServer } from '#test/support/use-server.ts';

const built = useProvider();
const server = useServer();
const options = optionsFor(built, server);
const newKey = useKeys();
const hostKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJcNhNPGFMIvFLRz7lS2jRxGqTmdGC6xJZTlmmWzHkT7';

withEachDriver('shared keys', (_driver, stack) => {
  test('a shared key is in no state, is replaced in place by its version, imported and deleted', async () => {
    const [first, second] = [newKey(), newKey()];
    const name = freshName('shared');
    const variables = { key: first.privateKey };
    const it = await stack(options({ variables, planFiles: true }));
    const main = (version: number) => sharedKey(server, name, { private_key_wo_version: version });
    await it.write({ 'main.tf': main(1) });
    expect(await it.apply()).toMatchObject({ ok: true });
    const before = (await it.state())['latchkey_ssh_credential.shared']?.values ?? {};
    expect(before).toMatchObject({ status: 'AVAILABLE', key_type: 'ssh-ed25519' });
    expect(await it.plan()).toMatchObject({ ok: true, changes: false });
    variables.key = second.privateKey;
    await it.write({ 'main.tf': main(2) });
    expect(await it.apply()).toMatchObject({ ok: true });
    const after = (await it.state())['latchkey_ssh_credential.shared']?.values ?? {};
    expect(after['credentials_id']).toBe(before['credentials_id']);
    expect(after['fingerprint']).not.toBe(before['fingerprint']);
    await expectNoSecrets(it, [first.privateKey, second.privateKey]);
    expect(await it.destroy()).toMatchObject({ ok: true });
    const gone = await server.owner.call(
      'GET',
      `/credentials/${String(before['credentials_id'])}?workspaceId=${server.workspaceId}`,
    );
    expect(gone.status).toBe(404);
  });

  test('what is wrong with a shared key is said at it, and what there is stays', async () => {
    const [locked, good] = [newKey('right'), newKey()];
    const name = freshName('shared');
    const member = await server.addMember(freshName('rita'));
    const main = (lines: Record<string, string | number>) => sharedKey(server, name, lines);
    const attempt = async (key: string, lines: Record<string, string> = {}, token?: string) => {
      const it = await stack(options({ variables: { key }, ...(token && { token }) }));
      await it.write({ 'main.tf': main(lines) });
      const outcome = await it.apply();
      expect(await it.state()).toEqual({});
      return outcome;
    };
    expectRefusal(await attempt('garbage'), 'private_key_wo', /privateKey: /);
    expectRefusal(await attempt(good.publicKey), 'private_key_wo', /privateKey: .*public key/);
    expectRefusal(
      await attempt(locked.privateKey, { passphrase_wo: '"wrong"' }),
      'passphrase_wo',
      /passphrase: /,
    );
    expectRefusal(await attempt(locked.privateKey), undefined, /passphrase: /);
    expectRefusal(
      await attempt(good.privateKey, {}, member.token),
      'workspace_id',
      /does not allow this|Unknown workspace/,
    );
    const found = await server.owner.get<{ credentials: { name: string }[] }>(
      `/credentials?workspaceId=${server.workspaceId}`,
    );
    expect(found.body.credentials.map((each) => each.name)).not.toContain(name);

    const variables = { key: good.privateKey };
    const it = await stack(options({ variables }));
    await it.write({ 'main.tf': main({ private_key_wo_version: 1 }) });
    expect(await it.apply()).toMatchObject({ ok: true });
    const before = await it.state();
    variables.key = 'garbage';
    await it.write({ 'main.tf': main({ private_key_wo_version: 2 }) });
    expectRefusal(await it.apply(), 'private_key_wo', /privateKey: /);
    expect(await it.state()).toEqual(before);
    // Somebody deletes it: noticed, and made anew.
    const id = String(before['latchkey_ssh_credential.shared']?.values['credentials_id']);
    await server.owner.del(`/credentials/${id}?workspaceId=${server.workspaceId}`);
    variables.key = good.privateKey;
    expect(await it.plan()).toMatchObject({ ok: true, changes: true });
    expect(await it.apply()).toMatchObject({ ok: true });
    expect((await it.state())['latchkey_ssh_credential.shared']?.values['credentials_id']).not.toBe(id);
  });

  test('clusters and their host keys are looked up', async () => {
    const id = await unreachableCluster(server, { hostKeys: [hostKey] });
    const other = await unreachableCluster(server);
    const it = await stack(options());
    await it.write({
      'main.tf': `
data "latchkey_managed_identities" "all" {
  org_id   = ${server.organisationId}
  platform = "slurm-platform"
}
data "latchkey_managed_identities" "none" {
  org_id   = ${server.organisationId}
  platform = "lsf-platform"
}
data "latchkey_host_keys" "cluster" {
  managed_identity_id = ${id}
  org_id              = ${server.organisationId}
}
output "clusters" {
  value = data.latchkey_managed_identities.all.identities
}
output "lsf" {
  value = data.latchkey_managed_identities.none.identities
}
output "host_keys" {
  value = data.latchkey_host_keys.cluster
}
`,
    });
    expect(await it.apply()).toMatchObject({ ok: true });
    const { clusters, lsf, host_keys: keys } = await it.outputs();
    expect(clusters).toMatchObject(
      [id, other].map((each) => ({
        managed_identity_id: each,
        platform: 'slurm-platform',
        host_name: '127.0.0.1',
        port: 1,
      })),
    );
    expect(lsf).toEqual([]);
    expect(keys).toMatchObject({
      status: 'PINNED',
      message: null,
      host_keys: [{ type: 'ssh-ed25519', public_key: hostKey, status: 'PINNED' }],
    });
    expect(await it.plan()).toMatchObject({ ok: true, changes: false });
  });

  test('an apply that is interrupted ends in time; what was made is in the state, and the next one finishes', async () => {
    const names = Array.from({ length: 6 }, () => freshName('part'));
    // The interrupt comes while the first is being made: what was asked for is done, and must not be forgotten.
    let begun = (): void => undefined;
    const first = new Promise<void>((resolve) => (begun = resolve));
    const proxy = await startProxy(server.url, {
      instead: async (asked) => {
        if (!/^POST .*\/workspaces/.test(asked)) return undefined;
        begun();
        await sleep(400);
        return undefined;
      },
    });
    onTestFinished(() => proxy.close());
    const it = await stack(
      options({ environment: { LATCHKEY_SERVER_URL: proxy.url, LATCHKEY_TOKEN: server.ownerToken } }),
    );
    await it.write({
      'main.tf': names
        .map(
          (name, index) => `
resource "latchkey_workspace" "w${index}" {
  org_id = ${server.organisationId}
  name   = "${name}"
  ${index > 0 ? `depends_on = [latchkey_workspace.w${index - 1}]` : ''}
}
`,
        )
        .join(''),
    });
    const from = performance.now();
    const workspaces = async () => {
      const { body } = await server.owner.get<{ workspaces: { name: string }[] }>(
        `/orgs/${server.organisationId}/workspaces`,
      );
      return body.workspaces.filter(({ name }) => names.includes(name)).length;
    };
    const interrupted = await it.interruptedApply(first);
    expect(interrupted.ok).toBe(false);
    expect(performance.now() - from).toBeLessThan(60_000);
    const made = await workspaces();
    expect(made).toBeLessThan(names.length);
    const kept = Object.keys(await it.state()).filter((each) =>
      each.startsWith('latchkey_workspace.'),
    ).length;
    expect(kept).toBe(made);
    expect(await it.apply()).toMatchObject({ ok: true });
    expect(await it.plan()).toMatchObject({ ok: true, changes: false });
    expect(Object.keys(await it.state())).toHaveLength(names.length);
  });
});
