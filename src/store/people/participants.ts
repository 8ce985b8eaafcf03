/** Participants: which members and teams may do what in a workspace. */
import { sql } from 'kysely';
import type { HeldRole, Participant, ParticipantRow } from '#core/people.ts';
import type { ParticipantStore } from '#core/ports/people-stores.ts';
import { unique } from '../errors.ts';
import { paged } from '../paging.ts';
import type { Db } from '../tables.ts';
import { contains, fold, searchTerm } from '../text.ts';
import { permissionsOfRow, roleName } from './columns.ts';
import { fullNameFolded } from './users.ts';

const columns = [
  'participants.id',
  'participants.workspaceId',
  'participants.createdAt',
  'participants.memberId',
  'participants.teamId',
  'participants.role',
  'customRoles.permissions as customPermissions',
  'members.userId',
  'members.role as organisationRole',
  'users.userName',
  'users.email',
  'users.firstName',
  'users.lastName',
  'teams.name as teamName',
] as const;

const participantRows = (db: Db, workspaceId: number) =>
  db
    .selectFrom('participants')
    .leftJoin('customRoles', 'customRoles.id', 'participants.customRoleId')
    .leftJoin('members', 'members.id', 'participants.memberId')
    .leftJoin('users', 'users.id', 'members.userId')
    .leftJoin('teams', 'teams.id', 'participants.teamId')
    .select([...columns, roleName])
    .where('participants.workspaceId', '=', workspaceId);

type Row = Awaited<ReturnType<ReturnType<typeof participantRows>['executeTakeFirstOrThrow']>>;

const toRow = ({ role, customPermissions, ...row }: Row): ParticipantRow => ({
  ...row,
  permissions: permissionsOfRow(role, customPermissions),
});

/** The page of a list before it is cut: people and teams together, by name. */
export const participantListQuery = (db: Db, workspaceId: number, search: string | undefined) => {
  const all = participantRows(db, workspaceId)
    .orderBy((eb) => eb.fn.coalesce('users.userNameFolded', 'teams.nameFolded'))
    .orderBy('participants.id');
  const term = searchTerm(search);
  if (term === undefined) return all;
  return all.where((eb) =>
    eb.or([
      contains(sql.ref('users.userNameFolded'), term),
      contains(sql.ref('users.emailFolded'), term),
      contains(fullNameFolded, term),
      contains(sql.ref('teams.nameFolded'), term),
    ]),
  );
};

/** A user's own roles and, apart, those of the user's teams. From the user's rows: a workspace may have thousands. */
export const rolesHeldQuery = (db: Db, userId: number, workspaceId: number | undefined) => {
  const memberships = db.selectFrom('members').select('members.id').where('members.userId', '=', userId);
  const teams = db
    .selectFrom('teamMembers')
    .select('teamMembers.teamId')
    .where('teamMembers.memberId', 'in', memberships);
  let all = db
    .selectFrom('participants')
    .leftJoin('customRoles', 'customRoles.id', 'participants.customRoleId')
    .leftJoin('teams', 'teams.id', 'participants.teamId')
    .select(['participants.workspaceId', 'participants.role', 'customRoles.permissions', roleName])
    .select(['teams.id as teamId', 'teams.name as teamName']);
  if (workspaceId !== undefined) all = all.where('participants.workspaceId', '=', workspaceId);
  return {
    own: all.where('participants.memberId', 'in', memberships),
    ofTeams: all.where('participants.teamId', 'in', teams),
  };
};

export const createParticipantStore = (db: Db): ParticipantStore => {
  const one = async (query: ReturnType<typeof participantRows>) => {
    const row = await query.executeTakeFirst();
    return row && toRow(row);
  };

  return {
    insert: (participant) =>
      unique(
        {
          participants_workspace_id_member_id: 'This member is a participant of the workspace already',
          participants_workspace_id_team_id: 'This team is a participant of the workspace already',
        },
        async () =>
          (await db
            .insertInto('participants')
            .values(participant)
            .returningAll()
            .executeTakeFirstOrThrow()) as Participant,
      ),

    findById: (workspaceId, participantId) =>
      one(participantRows(db, workspaceId).where('participants.id', '=', participantId)),

    findByMember: (workspaceId, memberId) =>
      one(participantRows(db, workspaceId).where('participants.memberId', '=', memberId)),

    findByTeam: (workspaceId, teamId) =>
      one(participantRows(db, workspaceId).where('participants.teamId', '=', teamId)),

    list: async (workspaceId, { search, ...page }) => {
      const typed = search?.trim();
      if (typed) {
        // A person goes before a team of that name: some clients take the first row without looking at it.
        const exact = await participantRows(db, workspaceId)
          .where((eb) =>
            eb.or([
              eb('users.userName', '=', typed),
              eb('users.emailFolded', '=', fold(typed)),
              eb('teams.name', '=', typed),
            ]),
          )
          .orderBy((eb) => eb.case().when('users.userName', '=', typed).then(0).else(1).end())
          .orderBy((eb) => eb.case().when('participants.memberId', 'is not', null).then(0).else(1).end())
          .limit(1)
          .executeTakeFirst();
        if (exact) return { rows: [toRow(exact)].slice(page.offset, page.offset + page.max), totalSize: 1 };
      }
      const { rows, totalSize } = await paged(participantListQuery(db, workspaceId, search), page);
      return { rows: rows.map(toRow), totalSize };
    },

    rolesHeld: async (userId, workspaceId) => {
      const { own, ofTeams } = rolesHeldQuery(db, userId, workspaceId);
      const rows = await own.unionAll(ofTeams).execute();
      return rows.map(
        ({ workspaceId: id, role, permissions, roleName: name, teamId, teamName }): HeldRole => ({
          workspaceId: id,
          roleName: name,
          permissions: permissionsOfRow(role, permissions),
          team: teamId === null ? null : { id: teamId, name: teamName ?? '' },
        }),
      );
    },

    setRole: async (participantId, role) => {
      await db.updateTable('participants').set(role).where('id', '=', participantId).execute();
    },

    remove: async (participantId) => {
      await db.deleteFrom('participants').where('id', '=', participantId).execute();
    },
  };
};
