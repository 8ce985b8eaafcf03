/** Keys that a workspace shares, what can be looked up, and an apply that is interrupted. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { useProvider } from '#test/support/provider/build.ts';
import { withEachDriver } from '#test/support/provider/drivers.ts';
import { optionsFor, unreachableCluster, useKeys } from '#test/support/provider/settings.ts';
import { freshName } from '#test/support/road.ts';
import { useServer } from '#test/support/use-server.ts';

const built = useProvider();
const server = useServer();
const options = optionsFor(built, server);
const newKey = useKeys();

withEachDriver('shared keys', (_driver, stack) => {
  test('a shared key is in no state, is replaced in place by its version, imported and deleted', async () => {
    const [first, second] = [newKey(), newKey()];
    const name = freshName('shared');
    const variables = { key: first.privateKey };
    const it = await stack(options({ variables }));
    const main = (version: number) => `
variable "key" {
  type      = string
  ephemeral = true
}
resource "latchkey_ssh_credential" "shared" {
  workspace_id           = ${server.workspaceId}
  name                   = "${name}"
  private_key_wo         = var.key
  private_key_wo_version = ${version}
}
`;
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
    const traces = await it.traces();
    for (const { privateKey } of [first, second])
      for (const line of privateKey.split('\n').filter((each) => each.length > 40 && !each.startsWith('---')))
        expect(traces.includes(line)).toBe(false);
    expect(await it.destroy()).toMatchObject({ ok: true });
    const gone = await server.owner.call(
      'GET',
      `/credentials/${String(before['credentials_id'])}?workspaceId=${server.workspaceId}`,
    );
    expect(gone.status).toBe(404);
  });

  test('clusters and their host keys are looked up', async () => {
    const id = await unreachableCluster(server);
    const it = await stack(options());
    await it.write({
      'main.tf': `
data "latchkey_managed_identities" "all" {
  org_id   = ${server.organisationId}
  platform = "slurm-platform"
}
data "latchkey_host_keys" "cluster" {
  managed_identity_id = ${id}
  org_id              = ${server.organisationId}
}
output "status" {
  value = data.latchkey_host_keys.cluster.status
}
`,
    });
    expect(await it.apply()).toMatchObject({ ok: true });
    expect(await it.plan()).toMatchObject({ ok: true, changes: false });
  });

  test('an apply that is interrupted ends in time; what was made is in the state, and the next one finishes', async () => {
    const names = Array.from({ length: 6 }, () => freshName('part'));
    const it = await stack(options());
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
    await it.interruptedApply(sleep(300));
    expect(performance.now() - from).toBeLessThan(60_000);
    const { body } = await server.owner.get<{ workspaces: { name: string }[] }>(
      `/orgs/${server.organisationId}/workspaces`,
    );
    const made = body.workspaces.filter(({ name }) => names.includes(name)).length;
    const kept = Object.keys(await it.state()).filter((each) =>
      each.startsWith('latchkey_workspace.'),
    ).length;
    expect(kept).toBe(made);
    expect(await it.apply()).toMatchObject({ ok: true });
    expect(await it.plan()).toMatchObject({ ok: true, changes: false });
    expect(Object.keys(await it.state())).toHaveLength(names.length);
  });
});
