/** Teams: members of an organisation who get a role in a workspace together. */
import { sql } from 'kysely';
import type { TeamStore } from '#core/ports/people-stores.ts';
import { taken, unique } from '../errors.ts';
import { paged } from '../paging.ts';
import { type Db, isEmpty } from '../tables.ts';
import { contains, fold, searchTerm } from '../text.ts';
import { roleName, workspaceColumns } from './columns.ts';

const columns = [
  'teams.id',
  'teams.organisationId',
  'teams.name',
  'teams.description',
  'teams.createdAt',
] as const;

const membersCount =
  sql<number>`(select count(*) from team_members where team_members.team_id = teams.id)`.as('membersCount');

const sentences = (name: string | undefined) => ({ teams_organisation_id_name: taken('name', name) });

const teamRows = (db: Db, organisationId: number) =>
  db
    .selectFrom('teams')
    .select(columns)
    .select(membersCount)
    .where('teams.organisationId', '=', organisationId);

export const createTeamStore = (db: Db): TeamStore => ({
  insert: (team) =>
    unique(sentences(team.name), () =>
      db
        .insertInto('teams')
        .values({ ...team, nameFolded: fold(team.name) })
        .returning(columns)
        .executeTakeFirstOrThrow(),
    ),

  find: (organisationId, teamId) =>
    teamRows(db, organisationId).where('teams.id', '=', teamId).executeTakeFirst(),

  findByName: (organisationId, name) =>
    teamRows(db, organisationId).where('teams.name', '=', name).executeTakeFirst(),

  list: async (organisationId, { search, page = { max: Number.MAX_SAFE_INTEGER, offset: 0 } }) => {
    const all = teamRows(db, organisationId).orderBy('teams.nameFolded').orderBy('teams.id');
    const term = searchTerm(search);
    if (term === undefined) return paged(all, page);
    const exact = await all.where('teams.name', '=', search?.trim() ?? '').executeTakeFirst();
    if (exact) return { rows: [exact].slice(page.offset, page.offset + page.max), totalSize: 1 };
    return paged(
      all.where((eb) => contains(eb.ref('teams.nameFolded'), term)),
      page,
    );
  },

  update: async (teamId, patch) => {
    if (isEmpty(patch)) return;
    const folded = patch.name === undefined ? {} : { nameFolded: fold(patch.name) };
    await unique(sentences(patch.name), () =>
      db
        .updateTable('teams')
        .set({ ...patch, ...folded })
        .where('id', '=', teamId)
        .execute(),
    );
  },

  remove: async (teamId) => {
    await db.deleteFrom('teams').where('id', '=', teamId).execute();
  },

  addMember: async (teamId, memberId, createdAt) => {
    const sentence = 'This member belongs to the team already';
    await unique({ team_members_team_id_member_id: sentence, team_members_pkey: sentence }, () =>
      db.insertInto('teamMembers').values({ teamId, memberId, createdAt }).execute(),
    );
  },

  removeMember: async (teamId, memberId) => {
    const removed = await db
      .deleteFrom('teamMembers')
      .where('teamId', '=', teamId)
      .where('memberId', '=', memberId)
      .returning('memberId')
      .executeTakeFirst();
    return removed !== undefined;
  },

  ofMember: (memberId) =>
    db
      .selectFrom('teamMembers')
      .innerJoin('teams', 'teams.id', 'teamMembers.teamId')
      .select(columns)
      .where('teamMembers.memberId', '=', memberId)
      .orderBy('teams.nameFolded')
      .execute(),

  workspaces: async (teamId, { search, ...page }) => {
    const all = db
      .selectFrom('participants')
      .innerJoin('workspaces', 'workspaces.id', 'participants.workspaceId')
      .leftJoin('customRoles', 'customRoles.id', 'participants.customRoleId')
      .select(workspaceColumns)
      .select(['participants.id as participantId', roleName])
      .where('participants.teamId', '=', teamId)
      .where('workspaces.deletedAt', 'is', null)
      .orderBy('workspaces.name')
      .orderBy('workspaces.id');
    const term = search?.trim();
    const query = term
      ? all.where((eb) => contains(eb.fn<string>('lower', ['workspaces.name']), fold(term)))
      : all;
    const { rows, totalSize } = await paged(query, page);
    return {
      rows: rows.map(({ participantId, roleName: name, ...workspace }) => ({
        workspace,
        participantId,
        roleName: name,
      })),
      totalSize,
    };
  },
});
