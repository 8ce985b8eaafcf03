/** The resource that the provider exists for, against a real server: adopted, given, imported, moved, refused. */
import { afterAll, expect, test } from 'vitest';
import { useProvider } from '#test/support/provider/build.ts';
import { withEachDriver } from '#test/support/provider/drivers.ts';
import type { StackOptions } from '#test/support/provider/stack.ts';
import { freshName } from '#test/support/road.ts';
import { useServer } from '#test/support/use-server.ts';
import { contentOfFile, createKeyMaker } from '#vault/key-formats/make-keys.ts';

const built = useProvider();
const server = useServer();
const make = createKeyMaker();
afterAll(() => make.remove());

const newKey = () => {
  const file = make.sshKeygen('-t', 'ed25519');
  const [, fingerprint] = make.fingerprintOf(contentOfFile(`${file}.pub`)).split(' ');
  return { privateKey: contentOfFile(file), fingerprint };
};

const flat = (text: string): string => text.replaceAll(/[\s│╷╵]+/g, ' ');

/** A cluster that nobody can reach: keys are stored as unverified. */
const identity = async (): Promise<number> =>
  (
    await server.owner.post<{ id: number }>(`/identities?orgId=${server.organisationId}`, {
      name: freshName('hpc'),
      platform: 'slurm-platform',
      config: { hostName: '127.0.0.1', port: 1, userName: 'alice' },
    })
  ).body.id;

const row = async (id: number, userId: number) =>
  (
    await server.owner.get<{ managedCredentials: Record<string, unknown>[] }>(
      `/identities/${id}/credentials?orgId=${server.organisationId}&userId=${userId}`,
    )
  ).body.managedCredentials[0];

/** The documented example, ids apart. */
const documented = (id: number, org: number, user: number): string => `
resource "seqera_managed_credentials" "my_managedcredentials" {
  checked                = false
  credential_provider    = "ssh"
  managed_credentials_id = ${user}
  managed_identity_id    = ${id}
  org_id                 = ${org}
  user_id                = ${user}
}
`;
const address = 'seqera_managed_credentials.my_managedcredentials';

withEachDriver('managed_credentials', (_driver, stack) => {
  const options = async (provider = 'seqera', more: Partial<StackOptions> = {}): Promise<StackOptions> => ({
    provider,
    providerDir: built.dir,
    environment: { LATCHKEY_SERVER_URL: server.url, LATCHKEY_TOKEN: server.ownerToken },
    ...more,
  });

  test('the documented example: apply, empty plan, import, empty plan, destroy', async () => {
    const [id, member] = [await identity(), await server.addMember(freshName('ada'))];
    const main = documented(id, server.organisationId, member.userId);
    const first = await stack(await options());
    await first.write({ 'main.tf': main });
    const applied = await first.apply();
    expect(applied).toMatchObject({ ok: true });
    // There is no key yet: said with the first apply, and with each plan.
    expect(flat(applied.output)).toMatch(/ada-\S+ has no SSH key on this cluster yet/);
    const state = (await first.state())[address];
    expect(state?.values).toMatchObject({
      checked: false,
      credential_provider: 'ssh',
      managed_credentials_id: member.userId,
      managed_identity_id: id,
      org_id: server.organisationId,
      user_id: member.userId,
      total_size: 1,
      status: 'missing',
      key_source: 'adopted',
    });
    expect(await first.plan()).toMatchObject({ ok: true, changes: false });

    const second = await stack(await options());
    await second.write({ 'main.tf': main });
    const imported = await second.import(
      address,
      JSON.stringify({ managed_identity_id: id, org_id: server.organisationId, user_id: member.userId }),
    );
    expect(imported).toMatchObject({ ok: true });
    expect((await second.state())[address]?.values).toEqual(state?.values);
    expect(await second.plan()).toMatchObject({ ok: true, changes: false });

    expect(await second.destroy()).toMatchObject({ ok: true });
    expect(await row(id, member.userId)).toMatchObject({ managedCredentialsId: null });
    // Whoever still has it in their state notices, and makes it anew.
    expect(await first.plan()).toMatchObject({ ok: true, changes: true });
    expect(await first.destroy()).toMatchObject({ ok: true });
  });

  test('adopting leaves what the member has as it is', async () => {
    const [id, member] = [await identity(), await server.addMember(freshName('bea'))];
    const { privateKey, fingerprint } = newKey();
    await member.api.post(`/identities/${id}/credentials`, {
      provider: 'ssh',
      credentials: { keys: { privateKey } },
      metadata: { userName: 'bea', account: 'physics' },
    });
    const adopted = await stack(await options('latchkey'));
    await adopted.write({
      'main.tf': documented(id, server.organisationId, member.userId).replace('seqera_', 'latchkey_'),
    });
    expect(await adopted.apply()).toMatchObject({ ok: true });
    const state = await adopted.state();
    expect(state['latchkey_managed_credentials.my_managedcredentials']?.values).toMatchObject({
      linux_user_name: 'bea',
      account: 'physics',
      fingerprint,
      key_source: 'adopted',
      status: 'unverified',
    });
    expect(await row(id, member.userId)).toMatchObject({ fingerprint, metadata: { account: 'physics' } });
    expect(await adopted.plan()).toMatchObject({ changes: false });
  });

  test('without a user it is that of the token; an import without one takes the first who has one', async () => {
    const id = await identity();
    const mine = await stack(await options());
    await mine.write({
      'main.tf': `resource "seqera_managed_credentials" "my_managedcredentials" {
        managed_identity_id = ${id}
        org_id              = ${server.organisationId}
        generate            = "ed25519"
      }`,
    });
    expect(await mine.apply()).toMatchObject({ ok: true });
    const state = (await mine.state())[address];
    expect(state?.values).toMatchObject({
      user_name: 'olga',
      linux_user_name: 'alice',
      key_source: 'generated',
    });
    expect(state?.values['authorized_keys_line']).toMatch(/^restrict ssh-ed25519 \S+ latchkey:identity-/);
    expect(await mine.plan()).toMatchObject({ changes: false });
    const other = await stack(await options());
    await other.write({
      'main.tf': `resource "seqera_managed_credentials" "my_managedcredentials" {
      managed_identity_id = ${id}
      org_id              = ${server.organisationId}
    }`,
    });
    const imported = await other.import(
      address,
      `{"managed_identity_id": ${id}, "org_id": ${server.organisationId}}`,
    );
    expect(imported).toMatchObject({ ok: true });
    expect((await other.state())[address]?.values).toMatchObject({ user_name: 'olga' });
    expect(await other.plan()).toMatchObject({ changes: false });
  });

  test('import ids that are wrong say how they are written', async () => {
    const id = await identity();
    const empty = await stack(await options());
    await empty.write({ 'main.tf': documented(id, server.organisationId, 1) });
    const refused = async (given: string) => {
      const outcome = await empty.import(address, given);
      expect(outcome.ok).toBe(false);
      return flat(outcome.output);
    };
    expect(await refused(`{"managed_identity_id": ${id}}`)).toMatch(/lacks "org_id"/);
    expect(await refused(`{"managed_identity_id": ${id}, "org_id": 1, "who": 2}`)).toMatch(
      /nothing named "who"/,
    );
    expect(await refused(`{"managed_identity_id": "x", "org_id": 1}`)).toMatch(/must be a number/);
    expect(await refused('{')).toMatch(/not valid JSON/);
    expect(await refused(`{"managed_identity_id": ${id}, "org_id": ${server.organisationId}}`)).toMatch(
      /Nobody has a credential/,
    );
    expect(await empty.state()).toEqual({});
  });
});
