/** Participants: which members may do what in a workspace. */
import type { ParticipantStore } from '#core/ports/people-stores.ts';
import { unique } from '../errors.ts';
import { paged } from '../paging.ts';
import type { Db } from '../tables.ts';
import { contains, searchTerm } from '../text.ts';
import { fullNameFolded } from './users.ts';

const columns = [
  'participants.id',
  'participants.workspaceId',
  'participants.memberId',
  'participants.role',
  'participants.createdAt',
  'members.userId',
  'members.role as organisationRole',
  'users.userName',
  'users.email',
  'users.firstName',
  'users.lastName',
] as const;

export const createParticipantStore = (db: Db): ParticipantStore => {
  const rows = (workspaceId: number) =>
    db
      .selectFrom('participants')
      .innerJoin('members', 'members.id', 'participants.memberId')
      .innerJoin('users', 'users.id', 'members.userId')
      .select(columns)
      .where('participants.workspaceId', '=', workspaceId);

  return {
    insert: (participant) =>
      unique(
        { participants_workspace_id_member_id: 'This member is a participant of the workspace already' },
        () => db.insertInto('participants').values(participant).returningAll().executeTakeFirstOrThrow(),
      ),

    findById: (workspaceId, participantId) =>
      rows(workspaceId).where('participants.id', '=', participantId).executeTakeFirst(),

    findByMember: (workspaceId, memberId) =>
      rows(workspaceId).where('participants.memberId', '=', memberId).executeTakeFirst(),

    list: (workspaceId, { search, ...page }) => {
      const term = searchTerm(search);
      const all = rows(workspaceId).orderBy('users.userNameFolded').orderBy('participants.id');
      if (term === undefined) return paged(all, page);
      const matching = all.where((eb) =>
        eb.or([
          contains(eb.ref('users.userNameFolded'), term),
          contains(eb.ref('users.emailFolded'), term),
          contains(fullNameFolded, term),
        ]),
      );
      return paged(matching, page);
    },

    rolesOfUser: async (userId) => {
      const roles = await db
        .selectFrom('participants')
        .innerJoin('members', 'members.id', 'participants.memberId')
        .select(['participants.workspaceId', 'participants.role'])
        .where('members.userId', '=', userId)
        .execute();
      return new Map(roles.map(({ workspaceId, role }) => [workspaceId, role]));
    },

    setRole: async (participantId, role) => {
      await db.updateTable('participants').set({ role }).where('id', '=', participantId).execute();
    },

    remove: async (participantId) => {
      await db.deleteFrom('participants').where('id', '=', participantId).execute();
    },
  };
};
