/** Environments as code on a real sshd and Slurm: with a key that a workspace shares, and on clusters of all five platforms. */
import { expect, inject, test } from 'vitest';
import { attachCluster } from '#test/support/cluster.ts';
import { useProvider } from '#test/support/provider/build.ts';
import { withEachDriver } from '#test/support/provider/drivers.ts';
import { everyField, everyValue, grids } from '#test/support/provider/grid.ts';
import {
  expectNoSecrets,
  expectRefusal,
  optionsFor,
  resource,
  sharedKey,
} from '#test/support/provider/settings.ts';
import { freshName } from '#test/support/road.ts';
import { useServer } from '#test/support/use-server.ts';

const cluster = attachCluster(inject('cluster'));
const built = useProvider();
const server = useServer();
const options = optionsFor(built, server);
const { facts } = cluster;
const hostKey = facts.hostKeys.find((key) => key.startsWith('ssh-ed25519')) ?? '';
const address = 'latchkey_compute_env.it';

const environmentOf = async (values: Record<string, unknown> | undefined) =>
  server.owner.call<{ computeEnv: Record<string, unknown>; message?: string }>(
    'GET',
    `/compute-envs/${String(values?.['compute_env_id'])}?workspaceId=${server.workspaceId}`,
  );
const named = async (name: string): Promise<number> => {
  const { body } = await server.owner.get<{ computeEnvs: { name: string }[] }>(
    `/compute-envs?workspaceId=${server.workspaceId}`,
  );
  return body.computeEnvs.filter((each) => each.name === name).length;
};

withEachDriver('environments', (_driver, stack) => {
  const shared = (name: string, more: Record<string, string> = {}) => {
    const lines: Record<string, string> = {
      ...everyField('slurm'),
      work_dir: `"${facts.workDir}"`,
      reporting: '"ssh"',
      workspace_id: String(server.workspaceId),
      name: `"${name}"`,
      credentials_id: 'latchkey_ssh_credential.shared.credentials_id',
      host_name: `"${facts.host}"`,
      port: String(facts.port),
      host_keys: `["${hostKey}"]`,
      user_name: `"${cluster.user('alice').name}"`,
      ...more,
    };
    return sharedKey(server, `${name}-key`) + resource(address, lines);
  };
  const variables = () => ({ key: cluster.user('alice').privateKey });

  test('with a key that the workspace shares: made, empty plan, changed in place, imported, destroyed', async () => {
    const name = freshName('shared');
    const it = await stack(options({ variables: variables(), planFiles: true }));
    await it.write({ 'main.tf': shared(name) });
    const applied = await it.apply();
    expect(applied, applied.output).toMatchObject({ ok: true });
    const state = (await it.state())[address]?.values;
    expect(state).toMatchObject({
      status: 'AVAILABLE',
      host_name: facts.host,
      port: facts.port,
      user_name: cluster.user('alice').name,
      host_keys: [hostKey],
      managed_identity_id: null,
      ...everyValue('slurm'),
      work_dir: facts.workDir,
      launch_dir: '$HOME/launch',
      reporting: 'ssh',
    });
    expect(await it.plan()).toMatchObject({ ok: true, changes: false });

    await it.write({ 'main.tf': shared(`${name}2`, { description: '"Where we all go"' }) });
    expect(await it.apply()).toMatchObject({ ok: true });
    const renamed = (await it.state())[address]?.values;
    expect(renamed).toMatchObject({
      compute_env_id: state?.['compute_env_id'],
      name: `${name}2`,
      description: 'Where we all go',
    });
    // Where runs go cannot change under those that are there: another environment takes its place.
    await it.write({ 'main.tf': shared(`${name}2`, { description: '"Where we all go"', port: '2222' }) });
    const replaced = await it.plan();
    expect(replaced).toMatchObject({ ok: true, changes: true });
    expect(replaced.output).toMatch(/replace/);

    await it.write({ 'main.tf': shared(`${name}2`, { description: '"Where we all go"' }) });
    const other = await stack(options({ variables: variables() }));
    await other.write({ 'main.tf': shared(`${name}2`, { description: '"Where we all go"' }) });
    const imports: [string, unknown][] = [
      ['latchkey_compute_env.it', { compute_env_id: renamed?.['compute_env_id'] }],
      ['latchkey_ssh_credential.shared', { credentials_id: renamed?.['credentials_id'] }],
    ];
    for (const [to, id] of imports) {
      const given = JSON.stringify({ ...(id as object), workspace_id: server.workspaceId });
      expect(await other.import(to, given), to).toMatchObject({ ok: true });
    }
    expect((await other.state())[address]?.values).toEqual({ ...renamed, host_keys: null });

    expect(await it.destroy()).toMatchObject({ ok: true });
    expect((await environmentOf(renamed)).body.computeEnv).toMatchObject({ deleted: true });
    // Whoever still has them in their state notices, and would make both anew.
    const anew = await other.plan();
    expect(anew).toMatchObject({ ok: true, changes: true });
    for (const [to] of imports) expect(anew.output).toMatch(new RegExp(`${to} will be create`));
    await expectNoSecrets(it, [cluster.user('alice').privateKey]);
  });

  test('one that cannot be used is taken back, with the reason at what it stands on', async () => {
    const name = freshName('bad');
    const it = await stack(options({ variables: variables() }));
    const attempt = async (more: Record<string, string>) => {
      await it.write({ 'main.tf': shared(name, more) });
      const outcome = await it.apply();
      expect(Object.keys(await it.state())).not.toContain(address);
      expect(await named(name)).toBe(0);
      return outcome;
    };
    const stranger = await attempt({ user_name: '"nobody-here"' });
    expectRefusal(stranger, 'credentials_id', /nobody-here.* The environment was taken back/);
    const other = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJcNhNPGFMIvFLRz7lS2jRxGqTmdGC6xJZTlmmWzHkT7';
    expectRefusal(
      await attempt({ host_keys: `["${other}"]` }),
      'credentials_id',
      /host key.* The environment was taken back/,
    );
    expectRefusal(
      await attempt({ credentials_id: '"unknown"' }),
      'credentials_id',
      /credentialsId: there are no credentials unknown here/,
    );
    expectRefusal(
      await attempt({ host_keys: '["ssh-ed25519 nonsense"]' }),
      'host_keys',
      /must be a host key such as/,
    );
    const both = await attempt({ managed_identity_id: '1' });
    expectRefusal(both, 'managed_identity_id', /not both/);
  });

  test('on clusters of all five platforms, every field comes back as it is written', async () => {
    const name = freshName('all');
    const it = await stack(options());
    await it.write({
      'main.tf': grids
        .map(
          (grid) =>
            resource(`latchkey_managed_identity.${grid}`, {
              org_id: server.organisationId,
              name: `"${name}-${grid}"`,
              platform: `"${grid}-platform"`,
              host_name: `"${facts.host}"`,
              port: facts.port,
              host_keys: `["${hostKey}"]`,
              work_dir: '"/scratch/other"',
            }) +
            resource(`latchkey_compute_env.${grid}`, {
              ...everyField(grid),
              work_dir: `"${facts.workDir}"`,
              workspace_id: server.workspaceId,
              name: `"${name}-${grid}"`,
              managed_identity_id: `latchkey_managed_identity.${grid}.managed_identity_id`,
              user_name: '"alice"',
            }),
        )
        .join(''),
    });
    const applied = await it.apply();
    expect(applied, applied.output).toMatchObject({ ok: true });
    const state = await it.state();
    for (const grid of grids) {
      const values = state[`latchkey_compute_env.${grid}`]?.values;
      expect(values, grid).toMatchObject({
        ...everyValue(grid),
        status: 'AVAILABLE',
        work_dir: facts.workDir,
        user_name: 'alice',
        credentials_id: null,
      });
      const { body } = await environmentOf(values);
      expect(body.computeEnv, grid).toMatchObject({
        platform: `${grid}-platform`,
        config: { discriminator: `${grid}-platform`, propagateHeadJobOptions: true },
      });
    }
    expect(await it.plan()).toMatchObject({ ok: true, changes: false });
  });
});
