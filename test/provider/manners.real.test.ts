/** How the provider behaves when things are not as they should be: servers away or busy, states of others, tokens lent. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { useProvider } from '#test/support/provider/build.ts';
import { withEachDriver } from '#test/support/provider/drivers.ts';
import {
  expectRefusal,
  flat,
  optionsFor,
  rowOf,
  unreachableCluster,
} from '#test/support/provider/settings.ts';
import { freshName } from '#test/support/road.ts';
import { freePort } from '#test/support/sshd.ts';
import { useServer } from '#test/support/use-server.ts';

const built = useProvider();
const server = useServer();
const options = optionsFor(built, server);
const opened: { close(): void }[] = [];
afterEach(() => {
  for (const one of opened.splice(0)) one.close();
});

/** Stands before the server and answers 503 or 429 to the first requests for each address. */
const busyProxy = async (): Promise<{ url: string; refused: () => number }> => {
  const seen = new Set<string>();
  const proxy = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    request.on('end', () => {
      const key = `${request.method} ${request.url}`;
      if (!seen.has(key)) {
        seen.add(key);
        const status = seen.size % 2 === 0 ? 429 : 503;
        response.writeHead(status, { 'content-type': 'application/json' }).end('{"message":"busy"}');
        return;
      }
      void fetch(`${server.url}${request.url}`, {
        method: request.method ?? 'GET',
        headers: {
          authorization: request.headers.authorization ?? '',
          ...(body !== '' && { 'content-type': 'application/json' }),
        },
        ...(body !== '' && { body }),
      }).then(async (answer) => {
        const type = answer.headers.get('content-type');
        response.writeHead(answer.status, type === null ? {} : { 'content-type': type });
        response.end(Buffer.from(await answer.arrayBuffer()));
      });
    });
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  opened.push({ close: () => void (proxy.closeAllConnections(), proxy.close()) });
  return { url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, refused: () => seen.size };
};

withEachDriver('manners', (driver, stack) => {
  const identities = (...names: string[]): string =>
    names
      .map(
        (name, index) => `resource "latchkey_managed_identity" "it${index}" {
  org_id    = ${server.organisationId}
  name      = "${name}"
  platform  = "slurm-platform"
  host_name = "127.0.0.1"
  port      = 1
}
`,
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
    expect(await it.traces()).toContain('trying again');
    const found = await server.owner.get<{ totalSize: number }>(
      `/identities?orgId=${server.organisationId}&search=${name}`,
    );
    expect(found.body.totalSize).toBe(1);
    expect(await it.destroy()).toMatchObject({ ok: true });
  });

  test('many at once', async () => {
    const it = await stack(options());
    await it.write({ 'main.tf': identities(...Array.from({ length: 12 }, () => freshName('hpc'))) });
    expect(await it.apply()).toMatchObject({ ok: true });
    expect(Object.keys(await it.state())).toHaveLength(12);
    expect(await it.plan()).toMatchObject({ changes: false });
    expect(await it.destroy()).toMatchObject({ ok: true });
  });

  test("all platforms, with LSF's own fields where they belong alone", async () => {
    const it = await stack(options());
    const platforms = ['slurm', 'lsf', 'uge', 'altair', 'moab'];
    await it.write({
      'main.tf': platforms
        .map(
          (platform) => `resource "latchkey_managed_identity" "${platform}" {
  org_id                     = ${server.organisationId}
  name                       = "${freshName(platform)}"
  platform                   = "${platform}-platform"
  host_name                  = "127.0.0.1"
  port                       = 1
  work_dir                   = "$HOME/work"
  launch_dir                 = "/scratch/launch"
  pre_run_script             = "module load nextflow\\n"
  post_run_script            = "echo done"
  nextflow_config            = "process.cpus = 1"
  head_queue                 = "head"
  compute_queue              = "compute"
  max_queue_size             = 50
  propagate_head_job_options = true
  allowed_system_users       = ["daemon"]
  ${platform === 'slurm' ? 'head_job_options = "--mem=2G"' : ''}
  ${platform === 'lsf' ? 'unit_for_limits = "GB"\n  per_job_mem_limit = true\n  per_task_reserve = false' : ''}
  environment = [
    { name = "A", value = "1" },
    { name = "B", value = "2", compute = true },
  ]
}
`,
        )
        .join(''),
    });
    const applied = await it.apply();
    expect(applied, applied.output).toMatchObject({ ok: true });
    expect((await it.state())['latchkey_managed_identity.lsf']?.values).toMatchObject({
      unit_for_limits: 'GB',
      environment: [
        { name: 'A', value: '1', head: true, compute: false },
        { name: 'B', value: '2', head: false, compute: true },
      ],
    });
    expect(await it.plan()).toMatchObject({ ok: true, changes: false });
    expect(await it.destroy()).toMatchObject({ ok: true });
    const wrong = await stack(options());
    await wrong.write({
      'main.tf': identities('hpc').replace('port      = 1', 'per_task_reserve = true\n  port = 70000'),
    });
    const refused = await wrong.validate();
    expectRefusal(refused, 'per_task_reserve', /only lsf-platform knows this/);
    expect(flat(refused.output)).toMatch(/port: must be a whole number from 1 to 65535/);
  });

  test('what the published provider has in its state is understood, and moves to our name', async () => {
    const [id, member] = [
      await unreachableCluster(server, { userName: 'alice' }),
      await server.addMember(freshName('paul')),
    ];
    await server.owner.post(`/identities/${id}/credentials?userId=${member.userId}`, {
      managedCredentials: { userId: member.userId },
    });
    const values = {
      checked: null,
      credential_provider: 'ssh',
      managed_credentials_id: member.userId,
      managed_identity_id: id,
      org_id: server.organisationId,
      total_size: 7,
      user_id: member.userId,
      user_name: 'somebody',
    };
    const theirs =
      driver === 'gRPC client'
        ? {
            resources: {
              'seqera_managed_credentials.it': {
                type: 'seqera_managed_credentials',
                version: 0,
                values,
                tainted: false,
              },
            },
            outputs: {},
          }
        : {
            version: 4,
            terraform_version: '1.9.0',
            serial: 1,
            lineage: 'b0a2e5f2-3f5e-6d1c-8f57-2d9e4f7a1c11',
            outputs: {},
            resources: [
              {
                mode: 'managed',
                type: 'seqera_managed_credentials',
                name: 'it',
                provider: 'provider["registry.terraform.io/latchkey/seqera"]',
                instances: [{ schema_version: 0, attributes: values, sensitive_attributes: [] }],
              },
            ],
          };
    const block = `resource "seqera_managed_credentials" "it" {
  managed_identity_id = ${id}
  org_id              = ${server.organisationId}
  user_id             = ${member.userId}
  checked             = false
}
`;
    const kept = await stack(options({ provider: 'seqera' }));
    await kept.write({ 'terraform.tfstate': JSON.stringify(theirs), 'main.tf': block });
    expect(await kept.plan()).toMatchObject({ ok: true, changes: false });

    if (driver !== 'gRPC client') return;
    const moved = await stack(options());
    await moved.write({
      'terraform.tfstate': JSON.stringify(theirs),
      'main.tf': `${block.replace('seqera_', 'latchkey_')}
moved {
  from = seqera_managed_credentials.it
  to   = latchkey_managed_credentials.it
}
`,
    });
    expect(await moved.apply()).toMatchObject({ ok: true });
    expect(Object.keys(await moved.state())).toEqual(['latchkey_managed_credentials.it']);
    expect(await rowOf(server, id, member.userId)).toMatchObject({ managedCredentialsId: member.userId });
    expect(await moved.plan()).toMatchObject({ changes: false });
  });

  test('a token is lent for one command, is in no file, and is gone afterwards', async () => {
    const name = freshName('lent');
    const it = await stack(options());
    await it.write({
      'main.tf': `ephemeral "latchkey_token" "it" {
  name = "${name}"
}
${identities(freshName('hpc'))}`,
    });
    expect(await it.apply()).toMatchObject({ ok: true });
    expect(await it.traces()).toContain('CreateToken');
    const { body } = await server.owner.get<{ tokens: { name: string }[] }>('/tokens');
    expect(body.tokens.map((token) => token.name)).not.toContain(name);
    expect(await it.destroy()).toMatchObject({ ok: true });
  });
});
