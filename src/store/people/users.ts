/** Users: the people behind every record. */
import { sql } from 'kysely';
import type { User } from '#core/people.ts';
import type { UserStore } from '#core/ports/people-stores.ts';
import { taken, unique } from '../errors.ts';
import { atomic, type Db, isEmpty } from '../tables.ts';
import { fold } from '../text.ts';

const columns = [
  'id',
  'userName',
  'email',
  'firstName',
  'lastName',
  'organization',
  'description',
  'defaultWorkspaceId',
  'passwordHash',
  'createdAt',
  'lastAccessAt',
  'deletedAt',
] as const satisfies readonly (keyof User)[];

/** `firstName lastName`, folded, in any query that joins `users`. */
export const fullNameFolded = sql<string>`${sql.ref('users.firstNameFolded')} || ' ' || ${sql.ref('users.lastNameFolded')}`;

/** Copies for a row that belongs to a user, as part of what is inserted or set. */
export const nameCopies = (db: Db, userId: number) => {
  const user = db.selectFrom('users').where('users.id', '=', userId);
  return {
    userNameFolded: user.select('users.userNameFolded'),
    fullNameFolded: user.select(fullNameFolded.as('fullNameFolded')),
  };
};

const renewNameCopies = async (db: Db, userId: number): Promise<void> => {
  const copies = nameCopies(db, userId);
  await db.updateTable('members').set(copies).where('userId', '=', userId).execute();
  await db.updateTable('managedCredentials').set(copies).where('userId', '=', userId).execute();
};

const takenBy = ({ userName, email }: Partial<User>): Record<string, string> => ({
  users_user_name: taken('userName', userName),
  users_email_folded: taken('email', email),
});

const present = (db: Db) => db.selectFrom('users').select(columns).where('deletedAt', 'is', null);

export const createUserStore = (db: Db): UserStore => ({
  insert: (user) =>
    unique(takenBy(user), () =>
      db
        .insertInto('users')
        .values({
          ...user,
          userNameFolded: fold(user.userName),
          emailFolded: fold(user.email),
          firstNameFolded: fold(user.firstName),
          lastNameFolded: fold(user.lastName),
        })
        .returning(columns)
        .executeTakeFirstOrThrow(),
    ),

  find: (id) => db.selectFrom('users').select(columns).where('id', '=', id).executeTakeFirst(),

  // Should somebody's user name be another's e-mail, the user name wins.
  findByNameOrEmail: async (nameOrEmail) =>
    (await present(db).where('userName', '=', nameOrEmail).executeTakeFirst()) ??
    present(db).where('emailFolded', '=', fold(nameOrEmail)).executeTakeFirst(),

  nameTaken: async (userName) =>
    (await db.selectFrom('users').select('id').where('userName', '=', userName).executeTakeFirst()) !==
    undefined,

  update: async (id, patch) => {
    if (isEmpty(patch)) return;
    const folded = {
      ...(patch.userName !== undefined && { userNameFolded: fold(patch.userName) }),
      ...(patch.email !== undefined && { emailFolded: fold(patch.email) }),
      ...(patch.firstName !== undefined && { firstNameFolded: fold(patch.firstName) }),
      ...(patch.lastName !== undefined && { lastNameFolded: fold(patch.lastName) }),
    };
    await atomic(db, async (within) => {
      await unique(takenBy(patch), () =>
        within
          .updateTable('users')
          .set({ ...patch, ...folded })
          .where('id', '=', id)
          .execute(),
      );
      if (!isEmpty(folded)) await renewNameCopies(within, id);
    });
  },

  erase: async (id, deletedAt) => {
    const email = `deleted-${id}@invalid`;
    const blank = {
      firstName: null,
      lastName: null,
      firstNameFolded: '',
      lastNameFolded: '',
      organization: null,
      description: null,
      defaultWorkspaceId: null,
      passwordHash: null,
    };
    await atomic(db, async (within) => {
      await within
        .updateTable('users')
        .set({ ...blank, email, emailFolded: email, deletedAt })
        .where('id', '=', id)
        .execute();
      await renewNameCopies(within, id);
    });
  },

  homeOf: async (id) => {
    const row = await db
      .selectFrom('users')
      .select('homeOrganisationId')
      .where('id', '=', id)
      .executeTakeFirst();
    return row?.homeOrganisationId ?? null;
  },

  count: async () => {
    const { users } = await db
      .selectFrom('users')
      .select((eb) => eb.fn.countAll<number>().as('users'))
      .executeTakeFirstOrThrow();
    return users;
  },
});
