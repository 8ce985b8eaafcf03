/** How the provider behaves when things are not as they should be: servers away or busy, states of others, tokens lent. */
import { afterEach, expect, test } from 'vitest';
import { useProvider } from '#test/support/provider/build.ts';
import { withEachDriver } from '#test/support/provider/drivers.ts';
import { everyField, everyValue, grids } from '#test/support/provider/grid.ts';
import { startProxy } from '#test/support/provider/proxy.ts';
import {
  expectNoSecrets,
  expectRefusal,
  flat,
  optionsFor,
  resource,
} from '#test/support/provider/settings.ts';
import { freshName } from '#test/support/road.ts';
import { freePort } from '#test/support/sshd.ts';
import { useServer } from '#test/support/use-server.ts';

const built = useProvider();
const server = useServer();
const options = optionsFor(built, server);
const hostKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJcNhNPGFMIvFLRz7lS2jRxGqTmdGC6xJZTlmmWzHkT7';
const opened: { close(): void }[] = [];
afterEach(() => {
  for (const one of opened.splice(0)) one.close();
});

/** Stands before the server and answers 503 or 429 to the first requests for each address. */
const busyProxy = async () => {
  const seen = new Set<string>();
  const proxy = await startProxy(server.url, {
    instead: (asked) => {
      if (seen.has(asked)) return undefined;
      seen.add(asked);
      return seen.size % 2 === 0 ? { status: 429, retryAfter: '1' } : { status: 503 };
    },
  });
  opened.push(proxy);
  return { url: proxy.url, refused: () => seen.size };
};

withEachDriver('manners', (driver, stack) => {
  const identities = (...names: string[]): string =>
    names
      .map((name, index) =>
        resource(`latchkey_managed_identity.it${index}`, {
          org_id: server.organisationId,
          name: `"${name}"`,
          platform: '"slurm-platform"',
          host_name: '"127.0.0.1"',
          port: 1,
        }),
      )
      .join('');

  test('a server that is not there, and a token that nobody knows: said at the settings', async () => {
    const away = await stack(options({ environment: { LATCHKEY_TOKEN: server.ownerToken } }));
    const settings = (lines: string) => `provider "latchkey" {\n${lines}\n}\n${identities(freshName('hpc'))}`;
    await away.write({ 'main.tf': settings(`  server_url = "http://127.0.0.1:${await freePort()}"`) });
    expectRefusal(await away.apply(), 'server_url', /cannot be reached: .*ECONNREFUSED/);
    await away.write({ 'main.tf': settings('  server_url = "latchkey.example.org"') });
    expectRefusal(await away.validate(), 'server_url', /must be an address such as/);
    await away.write({ 'main.tf': settings(`  server_url = "${server.url}"\n  token = "bm9uZQ"`) });
    expectRefusal(await away.apply(), 'token', /does not know this token/);
    expect(await away.state()).toEqual({});
  });

  test('a busy server is waited for; changes are made once', async () => {
    const { url, refused } = await busyProxy();
    const name = freshName('hpc');
    const it = await stack(
      options({ environment: { LATCHKEY_SERVER_URL: url, LATCHKEY_TOKEN: server.ownerToken } }),
    );
    await it.write({ 'main.tf': identities(name) });
    expect(await it.apply()).toMatchObject({ ok: true });
    expect(refused()).toBeGreaterThan(2);
    const waits = [...(await it.log()).matchAll(/"wait_ms":\s?(\d+)|wait_ms=(\d+)/g)];
    // One that said for how long was waited for as long, the others for less.
    expect(waits.some(([, json, text]) => Number(json ?? text) >= 1000)).toBe(true);
    expect(waits.some(([, json, text]) => Number(json ?? text) < 1000)).toBe(true);
    const found = await server.owner.get<{ totalSize: number }>(
      `/identities?orgId=${server.organisationId}&search=${name}`,
    );
    expect(found.body.totalSize).toBe(1);
  });

  test('many at once, and never more of them than a server with other people likes', async () => {
    let [open, most] = [0, 0];
    const proxy = await startProxy(server.url, {
      during: (change) => {
        open += change;
        most = Math.max(most, open);
      },
    });
    opened.push(proxy);
    const it = await stack(
      options({ environment: { LATCHKEY_SERVER_URL: proxy.url, LATCHKEY_TOKEN: server.ownerToken } }),
    );
    await it.write({ 'main.tf': identities(...Array.from({ length: 12 }, () => freshName('hpc'))) });
    const applied = await it.apply();
    expect(applied, applied.output).toMatchObject({ ok: true });
    expect(flat(applied.output)).toMatch(/Nobody has confirmed the host key yet/);
    expect(Object.keys(await it.state())).toHaveLength(12);
    expect(await it.plan()).toMatchObject({ changes: false });
    expect(await it.destroy()).toMatchObject({ ok: true });
    expect(await it.state()).toEqual({});
    expect(most).toBeLessThanOrEqual(8);
    // Terraform does ten things at a time; the gRPC client does one.
    if (driver !== 'gRPC client') expect(most).toBeGreaterThan(2);
  });

  test('two applies at a time: each does its own, and of one name only one is made', async () => {
    const [mine, yours, both] = [freshName('hpc'), freshName('hpc'), freshName('hpc')];
    const [one, other] = [await stack(options()), await stack(options())];
    await one.write({ 'main.tf': identities(mine, both) });
    await other.write({ 'main.tf': identities(yours, both) });
    const outcomes = await Promise.all([one.apply(), other.apply()]);
    const [winner, loser] = outcomes[0]?.ok ? [one, other] : [other, one];
    const refused = outcomes.find(({ ok }) => !ok);
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1);
    if (refused) expectRefusal(refused, 'name', /exists already in this organisation.* import it/);
    expect(Object.keys(await winner.state()).toSorted()).toEqual([
      'latchkey_managed_identity.it0',
      'latchkey_managed_identity.it1',
    ]);
    // The gRPC client stops at the first problem, Terraform goes on with the rest: either way the rest is no ruin.
    expect(Object.keys(await loser.state())).not.toContain('latchkey_managed_identity.it1');
  });

  test("all platforms, with LSF's own fields where they belong alone", async () => {
    const it = await stack(options());
    const main = grids
      .map((grid) =>
        resource(`latchkey_managed_identity.${grid}`, {
          ...everyField(grid),
          org_id: server.organisationId,
          name: `"${freshName(grid)}"`,
          host_name: '"127.0.0.1"',
          port: 1,
          allowed_system_users: '["daemon"]',
          reporting: '"both"',
          host_keys: `["@cert-authority *.example.org ${hostKey}"]`,
          jump_hosts: `[
    { host_name = "bastion.example.org", host_keys = ["bastion.example.org ${hostKey}"] },
    { host_name = "127.0.0.1", port = 2222, user_name = "gate", host_keys = ["@cert-authority ${hostKey}", "${hostKey}"] },
  ]`,
        }),
      )
      .join('');
    await it.write({ 'main.tf': main });
    const applied = await it.apply();
    expect(applied, applied.output).toMatchObject({ ok: true });
    const made = await it.state();
    for (const grid of grids)
      expect(made[`latchkey_managed_identity.${grid}`]?.values, grid).toMatchObject({
        ...everyValue(grid),
        work_dir: '$HOME/work',
        launch_dir: '$HOME/launch',
        reporting: 'both',
        host_key_status: 'PINNED',
      });
    expect(await it.plan()).toMatchObject({ ok: true, changes: false });
    // A change of something else leaves the way to the cluster as it is.
    const id = made['latchkey_managed_identity.slurm']?.values['managed_identity_id'];
    const at = `/identities/${String(id)}?orgId=${server.organisationId}`;
    const before = await server.owner.get<{ config: { jumpHosts: object[] } }>(at);
    expect(before.body.config).toMatchObject({ reporting: 'both', jumpHosts: [{}, { userName: 'gate' }] });
    await it.write({ 'main.tf': main.replaceAll('"compute"', '"other"') });
    expect(await it.apply()).toMatchObject({ ok: true });
    expect((await server.owner.get(at)).body).toMatchObject({
      config: { computeQueue: 'other', jumpHosts: before.body.config.jumpHosts },
    });
    // One that somebody else has put there is seen.
    const [first] = before.body.config.jumpHosts;
    await server.owner.put(at, {
      managedIdentity: { config: { ...before.body.config, jumpHosts: [first] } },
    });
    const drift = await it.plan();
    expect(drift).toMatchObject({ ok: true, changes: true });
    const wrong = await stack(options());
    await wrong.write({
      'main.tf': identities('hpc').replace('port = 1', 'per_task_reserve = true\n  port = 70000'),
    });
    const refused = await wrong.validate();
    expectRefusal(refused, 'per_task_reserve', /only lsf-platform knows this/);
    expect(flat(refused.output)).toMatch(/port: must be a whole number from 1 to 65535/);
  });

  test('a token is lent for one command, is in no file, and is gone afterwards', async () => {
    const name = freshName('lent');
    const it = await stack(options({ planFiles: true }));
    await it.write({
      'main.tf': `ephemeral "latchkey_token" "it" {
  name = "${name}"
}
${identities(freshName('hpc'))}`,
    });
    expect(await it.apply()).toMatchObject({ ok: true });
    // How each of our tokens begins: neither the lent one nor that of the configuration is anywhere.
    expect(server.ownerToken.startsWith('eyJ0aWQi')).toBe(true);
    const traces = await expectNoSecrets(it, ['eyJ0aWQi']);
    expect(traces.includes('CreateToken')).toBe(true);
    const { body } = await server.owner.get<{ tokens: { name: string }[] }>('/tokens');
    expect(body.tokens.map((token) => token.name)).not.toContain(name);
  });
});
