/** The resource that the provider exists for, against a real server: adopted, given, imported, moved, refused. */
import { expect, test } from 'vitest';
import { useProvider } from '#test/support/provider/build.ts';
import { withEachDriver } from '#test/support/provider/drivers.ts';
import { flat, optionsFor, rowOf, unreachableCluster, useKeys } from '#test/support/provider/settings.ts';
import { freshName } from '#test/support/road.ts';
import { useServer } from '#test/support/use-server.ts';

const built = useProvider();
const server = useServer();
const newKey = useKeys();
const options = optionsFor(built, server);
const identity = () => unreachableCluster(server, { userName: 'alice' });

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

withEachDriver({ file: 'managed_credentials', always: true }, (driver, stack) => {
  test('the documented example: apply, empty plan, import, empty plan, destroy', async () => {
    const [id, member] = [await identity(), await server.addMember(freshName('ada'))];
    const main = documented(id, server.organisationId, member.userId);
    const first = await stack(options({ provider: 'seqera' }));
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

    const second = await stack(options({ provider: 'seqera' }));
    await second.write({ 'main.tf': main });
    const imported = await second.import(
      address,
      JSON.stringify({ managed_identity_id: id, org_id: server.organisationId, user_id: member.userId }),
    );
    expect(imported).toMatchObject({ ok: true });
    expect((await second.state())[address]?.values).toEqual(state?.values);
    expect(await second.plan()).toMatchObject({ ok: true, changes: false });

    expect(await second.destroy()).toMatchObject({ ok: true });
    expect(await rowOf(server, id, member.userId)).toMatchObject({ managedCredentialsId: null });
    // Whoever still has it in their state notices, and makes it anew.
    const anew = await first.plan();
    expect(anew).toMatchObject({ ok: true, changes: true });
    expect(anew.output).toMatch(`${address} will be create`);
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
    const adopted = await stack(options());
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
    expect(await rowOf(server, id, member.userId)).toMatchObject({
      fingerprint,
      metadata: { account: 'physics' },
    });
    expect(await adopted.plan()).toMatchObject({ changes: false });
  });

  test('without a user it is that of the token; an import without one takes the first who has one', async () => {
    const id = await identity();
    const mine = await stack(options({ provider: 'seqera' }));
    await mine.write({
      'main.tf': `resource "seqera_managed_credentials" "my_managedcredentials" {
        managed_identity_id = ${id}
        org_id              = ${server.organisationId}
        generate            = "ed25519"
      }`,
    });
    const made = await mine.apply();
    expect(made).toMatchObject({ ok: true });
    // Who that is stands in the plan already.
    if (driver !== 'gRPC client') expect(flat(made.output)).toMatch(/\+ user_id = \d+ /);
    const state = (await mine.state())[address];
    expect(state?.values).toMatchObject({
      user_name: 'olga',
      linux_user_name: 'alice',
      key_source: 'generated',
    });
    expect(state?.values['authorized_keys_line']).toMatch(/^restrict ssh-ed25519 \S+ latchkey:identity-/);
    expect(await mine.plan()).toMatchObject({ changes: false });
    const other = await stack(options({ provider: 'seqera' }));
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
    const empty = await stack(options({ provider: 'seqera' }));
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
