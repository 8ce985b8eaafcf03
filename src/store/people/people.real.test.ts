/** Users, organisations, members, workspaces, participants, tokens, sessions, links: on both databases. */
import { describe, expect, test } from 'vitest';
import { permissionsOf } from '#core/roles.ts';
import {
  addMember,
  addOrganisation,
  addUser,
  addWorkspace,
  onBothDatabases,
} from '#test/support/databases.ts';

const all = { max: 100, offset: 0 };

onBothDatabases(({ open }) => {
  describe('users', () => {
    test('are found by number, exact user name and e-mail in any case', async () => {
      const store = await open();
      const alice = await addUser(store, {
        userName: 'Alice',
        email: 'Älice@Example.org',
        firstName: 'Alice',
      });
      expect(await store.users.find(alice.id)).toEqual(alice);
      expect(await store.users.findByNameOrEmail('Alice')).toEqual(alice);
      expect(await store.users.findByNameOrEmail('äLICE@example.ORG')).toEqual(alice);
      expect(await store.users.findByNameOrEmail('alice')).toBeUndefined();
      expect(await store.users.find(alice.id + 1)).toBeUndefined();
      expect(await store.users.count()).toBe(1);
    });

    test('change; times keep their milliseconds', async () => {
      const store = await open();
      const user = await addUser(store, { lastName: 'Old' });
      const now = 1_795_382_770_016;
      await store.users.update(user.id, { firstName: 'New', lastName: null, passwordHash: '$argon2id$x' });
      await store.users.update(user.id, { lastAccessAt: now });
      await store.users.update(user.id, {});
      expect(await store.users.find(user.id)).toEqual({
        ...user,
        firstName: 'New',
        lastName: null,
        passwordHash: '$argon2id$x',
        lastAccessAt: now,
      });
    });

    test('user names and e-mails are unique, with a sentence that says which', async () => {
      const store = await open();
      await addUser(store, { userName: 'bob', email: 'Bob@example.org' });
      await expect(addUser(store, { userName: 'bob', email: 'b@example.org' })).rejects.toMatchObject({
        code: 'conflict',
        status: 409,
        message: 'userName: "bob" is already taken',
      });
      await expect(addUser(store, { userName: 'b', email: 'bOB@example.org' })).rejects.toMatchObject({
        status: 409,
        message: 'email: "bOB@example.org" is already taken',
      });
    });
  });

  describe('organisations', () => {
    test('are found and changed; names are unique', async () => {
      const store = await open();
      const acme = await addOrganisation(store, 'acme');
      const other = await addOrganisation(store, 'other');
      expect(await store.organisations.findByName('acme')).toEqual(acme);
      await store.organisations.update(acme.id, { fullName: 'Acme & Co', website: 'https://example.org' });
      expect(await store.organisations.find(acme.id)).toEqual({
        ...acme,
        fullName: 'Acme & Co',
        website: 'https://example.org',
      });
      const sentence = { status: 409, message: 'name: "acme" is already taken' };
      await expect(addOrganisation(store, 'acme')).rejects.toMatchObject(sentence);
      await expect(store.organisations.update(other.id, { name: 'acme' })).rejects.toMatchObject(sentence);
    });

    test("a user's are listed, oldest membership first", async () => {
      const store = await open();
      const young = await addOrganisation(store);
      const old = await addOrganisation(store);
      await addOrganisation(store);
      const user = await addUser(store);
      const member = { userId: user.id, role: 'owner' } as const;
      const inYoung = await store.members.insert({ ...member, organisationId: young.id, createdAt: 20 });
      const inOld = await store.members.insert({ ...member, organisationId: old.id, createdAt: 10 });
      expect(await store.organisations.listOfUser(user.id)).toEqual([
        { organisation: old, member: inOld },
        { organisation: young, member: inYoung },
      ]);
    });
  });

  describe('members', () => {
    test('are found with the person behind them, in their organisation alone', async () => {
      const store = await open();
      const { id } = await addOrganisation(store);
      const elsewhere = await addOrganisation(store);
      const { user, member } = await addMember(store, id, { firstName: 'Ann', role: 'collaborator' });
      const { userName, email, firstName, lastName } = user;
      const row = { ...member, userName, email, firstName, lastName };
      expect(await store.members.findById(id, member.id)).toEqual(row);
      expect(await store.members.findByUser(id, user.id)).toEqual(row);
      expect(await store.members.findById(elsewhere.id, member.id)).toBeUndefined();
      expect(await store.members.findByUser(elsewhere.id, user.id)).toBeUndefined();
      await expect(
        store.members.insert({ organisationId: id, userId: user.id, role: 'member', createdAt: 1 }),
      ).rejects.toMatchObject({ status: 409 });
    });

    test('an exact user name or e-mail gives that row alone', async () => {
      const store = await open();
      const { id } = await addOrganisation(store);
      await addMember(store, id, { userName: 'ann', email: 'ann@example.org' });
      await addMember(store, id, { userName: 'annette', email: 'joanne@example.org' });
      const names = async (search: string, offset = 0) => {
        const { rows, totalSize } = await store.members.list(id, { max: 10, offset, search });
        return [rows.map(({ userName }) => userName), totalSize];
      };
      expect(await names('ann')).toEqual([['ann'], 1]);
      expect(await names('ann', 1)).toEqual([[], 1]);
      expect(await names('JOANNE@example.org')).toEqual([['annette'], 1]);
      expect(await names('an')).toEqual([['ann', 'annette'], 2]);
      expect(await names('  ')).toEqual([['ann', 'annette'], 2]);
    });

    test('free text: any case, any script, wildcards mean themselves, exact matches first', async () => {
      const store = await open();
      const { id } = await addOrganisation(store);
      await addMember(store, id, { userName: 'a_b', firstName: 'Jörg', lastName: 'ÄRMEL' });
      await addMember(store, id, { userName: 'axb', firstName: '100%', lastName: 'back\\slash' });
      await addMember(store, id, { userName: 'zed', firstName: 'Jörg', lastName: 'A' });
      await addMember(store, id, { userName: 'abc', firstName: 'XJörg', lastName: 'A' });
      const names = async (search: string) =>
        (await store.members.list(id, { ...all, search })).rows.map(({ userName }) => userName);
      expect(await names('A_')).toEqual(['a_b']);
      expect(await names('%')).toEqual(['axb']);
      expect(await names('K\\S')).toEqual(['axb']);
      expect(await names('jÖRG ärm')).toEqual(['a_b']);
      expect(await names('jörg a')).toEqual(['zed', 'abc']);
      expect(await names("' or 1=1 --")).toEqual([]);
      const found = await store.members.findByUser(id, 3);
      await store.users.update(found!.userId, { lastName: 'Öz' });
      expect(await names('jörg öz')).toEqual(['zed']);
    });

    test('pages neither overlap nor leave gaps; roles filter', async () => {
      const store = await open();
      const { id } = await addOrganisation(store);
      for (let n = 0; n < 25; n += 1)
        await addMember(store, id, {
          userName: `${n % 2 ? 'U' : 'u'}${10 + n}`,
          role: n < 4 ? 'owner' : 'member',
        });
      const names: string[] = [];
      for (let offset = 0; offset < 30; offset += 10) {
        const { rows, totalSize } = await store.members.list(id, { max: 10, offset });
        expect(totalSize).toBe(25);
        names.push(...rows.map(({ userName }) => userName.toLowerCase()));
      }
      expect(names).toEqual(Array.from({ length: 25 }, (_, n) => `u${10 + n}`));
      expect((await store.members.list(id, { max: 1, offset: 0, roles: ['owner'] })).totalSize).toBe(4);
      expect((await store.members.list(id, { max: 5, offset: 50 })).rows).toEqual([]);
    });

    test('owners are counted; roles change; removal takes participations along', async () => {
      const store = await open();
      const { id } = await addOrganisation(store);
      const workspace = await addWorkspace(store, id);
      const { member, user } = await addMember(store, id, { role: 'owner' });
      expect(await store.members.countOwners(id)).toBe(1);
      await store.members.setRole(member.id, 'member');
      expect(await store.members.countOwners(id)).toBe(0);
      await store.participants.insert({
        workspaceId: workspace.id,
        memberId: member.id,
        teamId: null,
        role: 'view',
        customRoleId: null,
        createdAt: 1,
      });
      await store.members.remove(member.id);
      expect(await store.members.findByUser(id, user.id)).toBeUndefined();
      expect((await store.participants.list(workspace.id, all)).totalSize).toBe(0);
    });
  });

  test('workspaces: found, changed, listed by name, unique in their organisation alone', async () => {
    const store = await open();
    const { id } = await addOrganisation(store);
    const other = await addOrganisation(store);
    const beta = await addWorkspace(store, id, 'beta');
    const alpha = await addWorkspace(store, id, 'alpha');
    await addWorkspace(store, other.id, 'alpha');
    await addWorkspace(store, id, 'Zeta');
    expect(await store.workspaces.findByName(id, 'alpha')).toEqual(alpha);
    // Bytewise, whatever the locale of the server.
    expect((await store.workspaces.listOfOrganisation(id)).map(({ name }) => name)).toEqual([
      'Zeta',
      'alpha',
      'beta',
    ]);
    await store.workspaces.update(beta.id, { description: 'text', visibility: 'SHARED' });
    expect(await store.workspaces.find(beta.id)).toEqual({
      ...beta,
      description: 'text',
      visibility: 'SHARED',
    });
    const sentence = { status: 409, message: 'name: "alpha" is already taken' };
    await expect(addWorkspace(store, id, 'alpha')).rejects.toMatchObject(sentence);
    await expect(store.workspaces.update(beta.id, { name: 'alpha' })).rejects.toMatchObject(sentence);
  });

  test('participants: found, searched, changed, removed; once per workspace', async () => {
    const store = await open();
    const { id } = await addOrganisation(store);
    const workspace = await addWorkspace(store, id);
    const { user, member } = await addMember(store, id, { userName: 'ann', role: 'collaborator' });
    const { member: second } = await addMember(store, id, { userName: 'Bob', firstName: 'Bö_b' });
    const role = { role: 'launch', customRoleId: null } as const;
    const entry = { workspaceId: workspace.id, teamId: null, ...role, createdAt: 5 } as const;
    const participant = await store.participants.insert({ ...entry, memberId: member.id });
    await store.participants.insert({ ...entry, memberId: second.id });
    const { userName, email, firstName, lastName } = user;
    const person = { userId: user.id, userName, email, firstName, lastName, teamName: null };
    const { role: _, customRoleId: __, ...place } = participant;
    const permissions = [...permissionsOf('launch')];
    const row = { ...place, ...person, organisationRole: 'collaborator', roleName: 'launch', permissions };
    expect(await store.participants.findById(workspace.id, participant.id)).toEqual(row);
    expect(await store.participants.findByMember(workspace.id, member.id)).toEqual(row);
    expect(await store.participants.findById(workspace.id + 1, participant.id)).toBeUndefined();
    expect(await store.participants.list(workspace.id, { max: 1, offset: 0 })).toEqual({
      rows: [row],
      totalSize: 2,
    });
    expect((await store.participants.list(workspace.id, { ...all, search: 'BÖ_' })).totalSize).toBe(1);
    await expect(store.participants.insert({ ...entry, memberId: member.id })).rejects.toMatchObject({
      status: 409,
    });
    await store.participants.setRole(participant.id, { role: 'admin', customRoleId: null });
    const held = { workspaceId: workspace.id, roleName: 'admin', team: null };
    expect(await store.participants.rolesHeld(user.id)).toEqual([
      { ...held, permissions: [...permissionsOf('admin')] },
    ]);
    await store.participants.remove(participant.id);
    expect(await store.participants.rolesHeld(user.id)).toEqual([]);
  });
});
