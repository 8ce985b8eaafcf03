/** Keys that come in by a configuration: kept nowhere, rotated by their version, refused with the server's sentence. */
import { expect, test } from 'vitest';
import { useProvider } from '#test/support/provider/build.ts';
import { withEachDriver } from '#test/support/provider/drivers.ts';
import {
  expectNoSecrets,
  expectRefusal,
  keyVariable,
  optionsFor,
  resource,
  rowOf,
  unreachableCluster,
  useKeys,
} from '#test/support/provider/settings.ts';
import { freshName } from '#test/support/road.ts';
import { useServer } from '#test/support/use-server.ts';

const built = useProvider();
const server = useServer();
const options = optionsFor(built, server);
const newKey = useKeys();
const address = 'latchkey_managed_credentials.it';

const variables = `${keyVariable}
variable "passphrase" {
  type      = string
  ephemeral = true
  default   = null
}
`;
const main = (lines: Record<string, string | number>): string => variables + resource(address, lines);

withEachDriver('keys', (driver, stack) => {
  /** A member, a cluster, and what every configuration says about them. */
  const setting = async (name: string) => {
    const member = await server.addMember(freshName(name));
    const id = await unreachableCluster(server);
    const base = {
      managed_identity_id: id,
      org_id: server.organisationId,
      user_id: member.userId,
      linux_user_name: `"${name}"`,
    };
    return { member, id, base, row: () => rowOf(server, id, member.userId) };
  };
  const given = (version: number) => ({ private_key_wo: 'var.key', private_key_wo_version: version });

  test('a given key is stored, and in no state, plan or log; a higher version sends another one', async () => {
    const { base, row } = await setting('carl');
    const [first, second] = [newKey('open-sesame'), newKey()];
    const variablesOf = { key: first.privateKey, passphrase: 'open-sesame' };
    const it = await stack(options({ variables: variablesOf, planFiles: true }));
    await it.write({
      'main.tf': main({ ...base, ...given(1), passphrase_wo: 'var.passphrase' }),
    });
    expect(await it.apply()).toMatchObject({ ok: true });
    expect(await row()).toMatchObject({ status: 'unverified', fingerprint: first.fingerprint });
    expect((await it.state())[address]?.values).toMatchObject({
      key_source: 'given',
      fingerprint: first.fingerprint,
      private_key_wo: null,
      passphrase_wo: null,
      private_key_wo_version: 1,
    });
    expect(await it.plan()).toMatchObject({ ok: true, changes: false });

    // Another key alone is no change that anybody could see; with another version it is sent.
    variablesOf.key = second.privateKey;
    expect(await it.plan()).toMatchObject({ changes: false });
    await it.write({ 'main.tf': main({ ...base, ...given(2) }) });
    const rotated = await it.apply();
    expect(rotated).toMatchObject({ ok: true });
    expect(await row()).toMatchObject({ fingerprint: second.fingerprint });
    expect((await it.state())[address]?.values).toMatchObject({ fingerprint: second.fingerprint });
    expect(await it.plan()).toMatchObject({ changes: false });

    const traces = await expectNoSecrets(it, [
      'open-sesame',
      first.privateKey,
      second.privateKey,
      server.ownerToken,
    ]);
    // All were searched: the state has the fingerprint, and a plan file alone has the configuration.
    expect(traces.includes(second.fingerprint)).toBe(true);
    expect(traces.includes('variable "passphrase"')).toBe(driver !== 'gRPC client');
    // And the log is of use: who asked what, how it was answered, and where the server's own log has it.
    const fields = [
      /POST/,
      /\/identities\/\d+\/credentials/,
      /CreateManagedCredentials/,
      /status"?[=:]\s?200/,
      /request_id/,
    ];
    const told = traces.split('\n').filter((line) => fields.every((field) => field.test(line)));
    expect(told.length).toBeGreaterThanOrEqual(2);
  });

  test('a key for an adopted credential is sent; without one in the configuration it stays', async () => {
    const { base, row, id, member } = await setting('dora');
    const key = newKey();
    const it = await stack(options({ variables: { key: key.privateKey } }));
    await it.write({ 'main.tf': main(base) });
    expect(await it.apply()).toMatchObject({ ok: true });
    expect(await row()).toMatchObject({ status: 'missing' });
    await it.write({ 'main.tf': main({ ...base, ...given(1) }) });
    expect(await it.apply()).toMatchObject({ ok: true });
    expect(await row()).toMatchObject({ fingerprint: key.fingerprint });
    await it.write({ 'main.tf': main(base) });
    expect(await it.apply()).toMatchObject({ ok: true });
    expect(await row()).toMatchObject({ fingerprint: key.fingerprint });
    expect(await it.plan()).toMatchObject({ changes: false });

    // One that the server makes in its place, with no version at all.
    await it.write({ 'main.tf': main({ ...base, generate: '"ed25519"' }) });
    expect(await it.apply()).toMatchObject({ ok: true });
    expect(await row()).toMatchObject({ nextKey: { fingerprint: expect.stringMatching(/^SHA256:/) } });
    // Somebody takes the key away, and the entry stays: it is made anew, though nothing that is written has changed.
    const credentials = `/identities/${id}/credentials`;
    await server.owner.del(`${credentials}/${member.userId}`);
    await server.owner.post(`${credentials}?userId=${member.userId}`, {
      managedCredentials: { userId: member.userId },
      metadata: { userName: 'dora' },
    });
    expect(await row()).toMatchObject({ status: 'missing' });
    expect(await it.plan()).toMatchObject({ ok: true, changes: true });
    expect(await it.apply()).toMatchObject({ ok: true });
    expect(await row()).toMatchObject({ status: 'unverified' });
    expect(await it.plan()).toMatchObject({ changes: false });
  });

  test('a key that is made on the server; a next one waits beside it', async () => {
    const { base, row } = await setting('emil');
    const it = await stack(options({ variables: { key: 'none' } }));
    await it.write({ 'main.tf': main({ ...base, generate: '"ed25519"' }) });
    const made = await it.apply();
    expect(made).toMatchObject({ ok: true });
    expect(made.output).toContain('Warning');
    const first = (await it.state())[address]?.values;
    expect(first).toMatchObject({ key_source: 'generated', status: 'unverified', next_fingerprint: null });
    expect(first?.['authorized_keys_line']).toBe(
      `restrict ${String(first?.['public_key'])} latchkey:identity-${base.managed_identity_id}:user-${base.user_id}`,
    );
    expect(await it.plan()).toMatchObject({ changes: false });
    await it.write({ 'main.tf': main({ ...base, generate: '"ed25519"', private_key_wo_version: 2 }) });
    expect(await it.apply()).toMatchObject({ ok: true });
    const second = (await it.state())[address]?.values;
    expect(second?.['fingerprint']).toBe(first?.['fingerprint']);
    expect(second?.['next_fingerprint']).toMatch(/^SHA256:/);
    expect(second?.['public_key']).not.toBe(first?.['public_key']);
    expect(await row()).toMatchObject({
      fingerprint: first?.['fingerprint'],
      nextKey: { fingerprint: second?.['next_fingerprint'] },
    });
    expect(await it.plan()).toMatchObject({ changes: false });
  });

  test('settings beside the key change in place and come back when somebody else has changed them', async () => {
    const { base, row, member, id } = await setting('flora');
    const key = newKey();
    const it = await stack(options({ variables: { key: key.privateKey } }));
    await it.write({ 'main.tf': main({ ...base, ...given(1), account: '"physics"' }) });
    expect(await it.apply()).toMatchObject({ ok: true });
    await server.owner.put(`/identities/${id}/credentials/${member.userId}`, {
      metadata: { account: 'biology' },
      managedCredentials: { userId: member.userId },
    });
    const drift = await it.plan();
    expect(drift).toMatchObject({ ok: true, changes: true });
    expect(drift.output).toMatch(
      driver === 'gRPC client' ? 'will be updated' : /account\s+= "biology" -> "physics"/,
    );
    expect(await it.apply()).toMatchObject({ ok: true });
    expect(await row()).toMatchObject({ metadata: { account: 'physics' }, fingerprint: key.fingerprint });
    await it.write({ 'main.tf': main({ ...base, ...given(1), account: '""' }) });
    expect(await it.apply()).toMatchObject({ ok: true });
    expect((await row()).metadata).toEqual({ discriminator: 'ssh', userName: 'flora' });
    expect(await it.plan()).toMatchObject({ changes: false });
  });

  test('what is wrong with a key is said at it, and nothing is stored', async () => {
    const { base, row } = await setting('gina');
    const locked = newKey('right');
    const attempt = async (values: Record<string, string>, lines: Record<string, string | number>) => {
      const it = await stack(options({ variables: values }));
      await it.write({ 'main.tf': main({ ...base, ...given(1), ...lines }) });
      const outcome = await it.apply();
      expect(await it.state()).toEqual({});
      expect((await row()).managedCredentialsId).toBeNull();
      return outcome;
    };
    expectRefusal(
      await attempt({ key: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI me@here' }, {}),
      'private_key_wo',
      /privateKey: .*public key/,
    );
    expectRefusal(await attempt({ key: 'what is this' }, {}), 'private_key_wo', /privateKey: /);
    expectRefusal(
      await attempt({ key: locked.privateKey, passphrase: 'wrong' }, { passphrase_wo: 'var.passphrase' }),
      'passphrase_wo',
      /passphrase: /,
    );
    // The attribute is not written, so nothing shows its line.
    expectRefusal(await attempt({ key: locked.privateKey }, {}), undefined, /passphrase: .*passphrase too/);
    expectRefusal(
      await attempt({ key: newKey().privateKey }, { linux_user_name: '"root"' }),
      'linux_user_name',
      /root/,
    );
  });

  test('a bad key for a credential that works leaves it and the state as they were', async () => {
    const { base, row } = await setting('hans');
    const values = { key: newKey().privateKey };
    const it = await stack(options({ variables: values }));
    await it.write({ 'main.tf': main({ ...base, ...given(1) }) });
    expect(await it.apply()).toMatchObject({ ok: true });
    const [before, stored] = [await it.state(), await row()];
    values.key = 'garbage';
    await it.write({ 'main.tf': main({ ...base, ...given(2) }) });
    expectRefusal(await it.apply(), 'private_key_wo', /privateKey: /);
    expect(await it.state()).toEqual(before);
    expect(await row()).toEqual(stored);
  });

  test('who is meant: unknown users, and what is another’s, are refused where they are named', async () => {
    const { base, member, row } = await setting('ines');
    const other = await server.addMember(freshName('jack'));
    const attempt = async (lines: Record<string, string | number>, token?: string) => {
      const it = await stack(options({ variables: { key: newKey().privateKey }, ...(token && { token }) }));
      const { user_id: _user, ...rest } = base;
      await it.write({ 'main.tf': main({ ...rest, ...given(1), ...lines }) });
      const outcome = await it.apply();
      expect(await it.state()).toEqual({});
      return outcome;
    };
    expectRefusal(await attempt({ user_id: 987_654 }), 'user_id', /Unknown member: 987654/);
    expectRefusal(
      await attempt({ managed_credentials_id: 987_654 }),
      'managed_credentials_id',
      /Unknown member/,
    );
    expectRefusal(
      await attempt({ user_id: member.userId, managed_credentials_id: other.userId }),
      'managed_credentials_id',
      new RegExp(`must be ${member.userId}, like user_id`),
    );
    expectRefusal(await attempt({ user_id: other.userId }, member.token), 'user_id', /Only an owner/);
    expectRefusal(
      await attempt({ managed_credentials_id: other.userId }, member.token),
      'managed_credentials_id',
      /Only an owner/,
    );
    expectRefusal(
      await attempt({ managed_identity_id: 987_654 }),
      'managed_identity_id',
      /Unknown managed identity: 987654/,
    );
    expect((await row()).managedCredentialsId).toBeNull();
  });

  test('what cannot go together is said before anything is asked', async () => {
    const { base } = await setting('kate');
    const attempt = async (lines: Record<string, string | number>) => {
      const it = await stack(options({ variables: { key: 'k', passphrase: 'p' } }));
      await it.write({ 'main.tf': main({ ...base, ...lines }) });
      return it.validate();
    };
    expectRefusal(await attempt({ ...given(1), generate: '"ed25519"' }), 'generate', /cannot go together/);
    expectRefusal(await attempt({ generate: '"rsa"' }), 'generate', /must be one of "ed25519"/);
    expectRefusal(await attempt({ private_key_wo_version: 1 }), 'private_key_wo_version', /changes nothing/);
    expectRefusal(await attempt({ passphrase_wo: 'var.passphrase' }), 'passphrase_wo', /opens nothing/);
    expectRefusal(
      await attempt({ credential_provider: '"kerberos"' }),
      'credential_provider',
      /must be one of "ssh"/,
    );
    expectRefusal(await attempt({ user_id: 0 }), 'user_id', /above 0/);
  });
});
