/** States that something else has written: the published provider, an older version of ours, one that knew more. */
import { expect, test } from 'vitest';
import { useProvider } from '#test/support/provider/build.ts';
import { withEachDriver } from '#test/support/provider/drivers.ts';
import { optionsFor, rowOf, unreachableCluster } from '#test/support/provider/settings.ts';
import { freshName } from '#test/support/road.ts';
import { useServer } from '#test/support/use-server.ts';

const built = useProvider();
const server = useServer();
const options = optionsFor(built, server);

interface Stored {
  /** Without the provider's name. */
  noun: string;
  version: number;
  values: Record<string, unknown>;
}

withEachDriver({ file: 'states', always: true }, (driver, stack) => {
  /** A state file as the driver has it, with one object of each. */
  const stateFile = (provider: string, namespace: string, stored: readonly Stored[]): string =>
    JSON.stringify(
      driver === 'gRPC client'
        ? {
            resources: Object.fromEntries(
              stored.map(({ noun, version, values }) => [
                `${provider}_${noun}.it`,
                { type: `${provider}_${noun}`, version, values, tainted: false },
              ]),
            ),
            outputs: {},
          }
        : {
            version: 4,
            terraform_version: '1.9.0',
            serial: 1,
            lineage: 'b0a2e5f2-3f5e-6d1c-8f57-2d9e4f7a1c11',
            outputs: {},
            resources: stored.map(({ noun, version, values }) => ({
              mode: 'managed',
              type: `${provider}_${noun}`,
              name: 'it',
              provider: `provider["registry.terraform.io/${namespace}/${provider}"]`,
              instances: [{ schema_version: version, attributes: values, sensitive_attributes: [] }],
            })),
          },
    );

  /** A cluster, a member's entry on it and a workspace, as somebody has made them. */
  const house = async () => {
    const name = freshName('hpc');
    const id = await unreachableCluster(server, { userName: 'alice' });
    const member = await server.addMember(freshName('paul'));
    await server.owner.post(`/identities/${id}/credentials?userId=${member.userId}`, {
      managedCredentials: { userId: member.userId },
    });
    const org = server.organisationId;
    const { body } = await server.owner.post<{ workspace: { id: number } }>(`/orgs/${org}/workspaces`, {
      workspace: { name, fullName: name, visibility: 'PRIVATE' },
    });
    const identity = await server.owner.get<{ name: string }>(`/identities/${id}?orgId=${org}`);
    const credential = {
      managed_credentials_id: member.userId,
      managed_identity_id: id,
      org_id: org,
      user_id: member.userId,
    };
    const cluster = { managed_identity_id: id, org_id: org, name: identity.body.name };
    const workspace = { id: body.workspace.id, org_id: org, name };
    const main = (provider: string): string => `
resource "${provider}_managed_credentials" "it" {
  managed_identity_id = ${id}
  org_id              = ${org}
  user_id             = ${member.userId}
  checked             = false
}
resource "${provider}_managed_identity" "it" {
  org_id    = ${org}
  name      = "${identity.body.name}"
  platform  = "slurm-platform"
  host_name = "127.0.0.1"
  port      = 1
  user_name = "alice"
}
resource "${provider}_workspace" "it" {
  org_id = ${org}
  name   = "${name}"
}
`;
    const there = async () => {
      expect(await rowOf(server, id, member.userId)).toMatchObject({ managedCredentialsId: member.userId });
      expect((await server.owner.call('GET', `/orgs/${org}/workspaces/${workspace.id}`)).status).toBe(200);
    };
    return { main, there, credential, cluster, workspace, member };
  };
  type House = Awaited<ReturnType<typeof house>>;

  /** What the published provider has of them. */
  const theirs = ({ credential, cluster, workspace }: House): Stored[] => [
    {
      noun: 'managed_credentials',
      version: 0,
      values: {
        ...credential,
        checked: null,
        credential_provider: 'ssh',
        total_size: 7,
        user_name: 'somebody',
      },
    },
    {
      noun: 'managed_identity',
      version: 0,
      values: {
        ...cluster,
        checked: null,
        platform: 'slurm-platform',
        host_name: '127.0.0.1',
        port: 1,
        managed_identity: { id: cluster.managed_identity_id },
      },
    },
    {
      noun: 'workspace',
      version: 0,
      values: { ...workspace, full_name: workspace.name, description: null, visibility: 'PRIVATE' },
    },
  ];
  const nouns = ['managed_credentials', 'managed_identity', 'workspace'];
  const moves = nouns
    .map((noun) => `moved {\n  from = seqera_${noun}.it\n  to   = latchkey_${noun}.it\n}\n`)
    .join('');

  test('of the published provider: understood under its name, with nothing to do', async () => {
    const made = await house();
    const it = await stack(options({ provider: 'seqera' }));
    await it.write({
      'terraform.tfstate': stateFile('seqera', 'latchkey', theirs(made)),
      'main.tf': made.main('seqera'),
    });
    const plan = await it.plan();
    expect(plan, plan.output).toMatchObject({ ok: true, changes: false });
    await made.there();
  });

  test.each([
    ['seqeralabs', 0],
    ['latchkey', 0],
    ['latchkey', 1],
  ])('from %s/seqera, version %i, to our name: moved, and nothing is touched', async (namespace, version) => {
    const made = await house();
    const it = await stack(options());
    await it.write({
      'terraform.tfstate': stateFile(
        'seqera',
        namespace,
        theirs(made).map((stored) => ({ ...stored, version })),
      ),
      'main.tf': made.main('latchkey') + moves,
    });
    const moved = await it.apply();
    expect(moved, moved.output).toMatchObject({ ok: true });
    const state = await it.state();
    expect(Object.keys(state).toSorted()).toEqual(nouns.map((noun) => `latchkey_${noun}.it`));
    expect(state['latchkey_managed_credentials.it']?.values).toMatchObject({
      checked: false,
      total_size: 1,
      user_id: made.member.userId,
      status: 'missing',
    });
    await made.there();
    expect(await it.plan()).toMatchObject({ ok: true, changes: false });
  });

  test('of members and participants, whom the published provider calls otherwise', async () => {
    const name = freshName('rosa');
    const { userId } = await server.addMember(name);
    const [org, workspace, email] = [server.organisationId, server.workspaceId, `${name}@example.org`];
    const there = { org_id: org, email, role: 'maintain' };
    const member = { noun: 'organization_member', version: 0, values: { ...there, role: 'member' } };
    const participant = {
      noun: 'workspace_participant',
      version: 0,
      values: { ...there, workspace_id: workspace },
    };
    const it = await stack(options());
    await it.write({
      'terraform.tfstate': stateFile('seqera', 'seqeralabs', [member, participant]),
      'main.tf': `
resource "latchkey_member" "it" {
  org_id = ${org}
  user   = "${email}"
}
resource "latchkey_participant" "it" {
  org_id       = ${org}
  workspace_id = ${workspace}
  user         = "${email}"
  role         = "maintain"
}
moved {
  from = seqera_organization_member.it
  to   = latchkey_member.it
}
moved {
  from = seqera_workspace_participant.it
  to   = latchkey_participant.it
}
`,
    });
    const moved = await it.apply();
    expect(moved, moved.output).toMatchObject({ ok: true });
    expect(await it.state()).toMatchObject({
      'latchkey_member.it': { values: { user: email, user_id: userId } },
      'latchkey_participant.it': { values: { user: email, role: 'maintain' } },
    });
    expect(await it.plan()).toMatchObject({ ok: true, changes: false });
  });

  test('of a version of ours that knew less, and of one that knew more: read, and told anew', async () => {
    const made = await house();
    const it = await stack(options());
    const stored = theirs(made).map(({ noun, values }) => ({
      noun,
      version: 1,
      values: { ...values, checked: false, given_up_since: 'then', nested_and_gone: [{ a: 1 }] },
    }));
    for (const one of stored) if (one.noun === 'workspace') Reflect.deleteProperty(one.values, 'checked');
    await it.write({
      'terraform.tfstate': stateFile('latchkey', 'latchkey', stored),
      'main.tf': made.main('latchkey'),
    });
    const plan = await it.plan();
    expect(plan, plan.output).toMatchObject({ ok: true, changes: false });
    expect(await it.destroy()).toMatchObject({ ok: true });
    expect(await it.state()).toEqual({});
  });

  test('what is something else cannot become ours', async () => {
    const made = await house();
    const it = await stack(options());
    await it.write({
      'terraform.tfstate': stateFile('seqera', 'latchkey', theirs(made)),
      'main.tf':
        made.main('latchkey') +
        moves
          .replace('seqera_workspace.it', 'seqera_managed_identity.it')
          .replace(
            'from = seqera_managed_identity.it\n  to   = latchkey_managed_identity.it',
            'from = seqera_workspace.it\n  to   = latchkey_managed_identity.it',
          ),
    });
    const outcome = await it.plan();
    expect(outcome.ok).toBe(false);
    expect(outcome.output.replaceAll(/[\s│]+/g, ' ')).toMatch(
      /A seqera_\w+ of \S+ cannot become a latchkey_\w+/,
    );
    await made.there();
  });
});
