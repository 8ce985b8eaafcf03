/** Somebody who can write to the database hands one person's record to another: on both databases. */
import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';
import { afterAll, expect, test } from 'vitest';
import { closeClusterHouses, createClusterHouse, type Person } from '#test/support/cluster-house.ts';
import { onBothDatabases } from '#test/support/databases.ts';
import { createTestSigner } from '#test/support/test-signer.ts';

afterAll(closeClusterHouses);

const write = async (url: string, statements: string[]): Promise<void> => {
  if (url.startsWith('sqlite:')) {
    const file = new DatabaseSync(url.slice('sqlite:'.length));
    for (const statement of statements) file.exec(statement);
    file.close();
    return;
  }
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
};

onBothDatabases(({ open, url }) => {
  test('promise 3: a key whose record was given to another member, or moved to another workspace, signs nothing', async () => {
    const at = await url();
    const house = await createClusterHouse(await open(at));
    const identity = await house.openIdentity();
    const save = ({ caller, scope }: Person, person: Person) =>
      house.managedCredentials.create(caller, scope, identity.id, caller.userId, house.keyOf(person));
    await save(house.alice, house.alice);
    await save(house.bob, house.bob);
    const { caller, workspace } = house.olga;
    const shared = await house.credentials.create(caller, workspace, {
      name: 'shared',
      key: { privateKey: house.olga.key.privatePem },
    });
    const signed = async (person: Person) => {
      const credential = await house.store.managedCredentials.find(identity.id, person.caller.userId);
      if (!credential) throw new Error('no credential');
      const target = await house.targets.forManaged(identity, credential);
      return target.signer.sign(Buffer.from('x'), 0);
    };
    await expect(signed(house.alice)).resolves.toBeDefined();
    await expect(signed(house.bob)).resolves.toBeDefined();

    const [alice, bob, other] = [house.alice, house.bob, house.mallory].map((person) => person.caller.userId);
    const give = (from: unknown, to: unknown) =>
      `update managed_credentials set user_id = ${String(to)} where user_id = ${String(from)}`;
    await write(at, [give(alice, other), give(bob, alice), give(other, bob)]);
    for (const person of [house.alice, house.bob])
      await expect(signed(person)).rejects.toMatchObject({ code: 'sealed_value_broken' });

    // Both halves of the record, and what stands beside the sealed value, do not help either.
    await write(at, [
      `update sealed_values set owner = 'identity ${identity.id}, user ${String(bob)}' where owner like '%user ${String(alice)}'`,
    ]);
    await expect(signed(house.bob)).rejects.toMatchObject({ code: 'sealed_value_broken' });

    await write(at, [`update workspace_credentials set workspace_id = null where id = '${shared.id}'`]);
    const personal = { ...workspace, workspaceId: null, organisationId: null };
    expect(await house.credentials.validate(caller, personal, shared.id)).toMatchObject({
      status: 'INVALID',
      message: expect.stringContaining('changed or moved'),
    });
    await house.idle();
  });

  test('promise 3: a status reader whose record was given to another cluster signs nothing', async () => {
    const at = await url();
    const house = await createClusterHouse(await open(at));
    const { olga, statusReaders, readerSights, clusters } = house;
    const identities = [];
    for (const name of ['hpc1', 'hpc2', 'spare']) identities.push((await house.openIdentity({ name })).id);
    const [one = 0, two = 0, spare = 0] = identities;
    for (const id of [one, two]) {
      const key = createTestSigner();
      clusters.host('hpc1.example').accounts.set(key.publicKey, 'observer');
      const input = { key: { privateKey: key.privatePem }, linuxUser: 'observer' };
      await statusReaders.save(olga.caller, olga.scope, id, input);
    }
    const signed = async (id: number) => {
      const found = await readerSights.find(`identity:${id}`);
      if (!found) throw new Error('no reader');
      return found.target.signer.sign(Buffer.from('x'), 0);
    };
    for (const id of [one, two]) await expect(signed(id)).resolves.toBeDefined();
    const give = (from: number, to: number) =>
      `update status_readers set identity_id = ${to} where identity_id = ${from}`;
    await write(at, [give(one, spare), give(two, one), give(spare, two)]);
    for (const id of [one, two])
      await expect(signed(id)).rejects.toMatchObject({ code: 'sealed_value_broken' });
    // Its sealed value carried along does not help.
    const carry = (from: string, to: string) =>
      `update sealed_values set "record" = '${to}' where "table" = 'status_readers' and "record" = '${from}'`;
    await write(at, [carry(`${one}`, 'spare'), carry(`${two}`, `${one}`), carry('spare', `${two}`)]);
    for (const id of [one, two])
      await expect(signed(id)).rejects.toMatchObject({ code: 'sealed_value_broken' });
    await house.idle();
  });
});
