/** Teams: members of an organisation who get a role in a workspace together. */
import type { Caller, OrganisationScope } from '#core/caller.ts';
import type { Clock } from '#core/clock.ts';
import { badRequest, conflict, notFound } from '#core/errors.ts';
import { checkName } from '#core/names.ts';
import type { MemberRow, Team, TeamRow, Workspace } from '#core/people.ts';
import type { Page, Paged } from '#core/ports/paging.ts';
import type { Store, Tables } from '#core/ports/store.ts';
import { auditEvent } from '../audit.ts';

export interface TeamDeps {
  store: Pick<Store, 'teams' | 'members' | 'transaction'>;
  clock: Clock;
}

export interface TeamInput {
  name: string;
  /** null takes it away. */
  description?: string | null;
}

const targetOf = ({ id, name, organisationId }: Team) => ({ type: 'team', id, name, organisationId });

/** @throws AppError 404, the same whether it never existed or is another organisation's (promise 14) */
const findTeam = async (
  { teams }: Pick<Tables, 'teams'>,
  { organisationId }: OrganisationScope,
  teamId: number,
): Promise<TeamRow> => {
  const team = await teams.find(organisationId, teamId);
  if (!team) throw notFound('team', teamId);
  return team;
};

export const createTeamActions = ({ store, clock }: TeamDeps) => ({
  /** Without a page: all of them, for some clients look for a name in what they get. */
  list: (
    { organisationId }: OrganisationScope,
    query: { search?: string | undefined; page?: Page | undefined },
  ): Promise<Paged<TeamRow>> => store.teams.list(organisationId, query),

  describe: (scope: OrganisationScope, teamId: number): Promise<TeamRow> => findTeam(store, scope, teamId),

  /** @throws AppError 400 for a bad name, 409 for a taken one */
  async validateName({ organisationId }: OrganisationScope, name: string): Promise<void> {
    checkName('name', name);
    if (await store.teams.findByName(organisationId, name))
      throw conflict(`name: "${name}" is already taken`);
  },

  create: (caller: Caller, { organisationId }: OrganisationScope, input: TeamInput): Promise<TeamRow> =>
    store.transaction(async (tables) => {
      const now = clock.now();
      const name = checkName('name', input.name);
      const description = input.description ?? null;
      const team = await tables.teams.insert({ organisationId, name, description, createdAt: now });
      const state = { newState: { name, description } };
      const facts = { event: 'team_created' as const, target: targetOf(team), state };
      await tables.audit.append(auditEvent(caller, facts), now);
      return { ...team, membersCount: 0 };
    }),

  update: (
    caller: Caller,
    scope: OrganisationScope,
    teamId: number,
    patch: Partial<TeamInput>,
  ): Promise<TeamRow> =>
    store.transaction(async (tables) => {
      const before = await findTeam(tables, scope, teamId);
      if (patch.name !== undefined) checkName('name', patch.name);
      await tables.teams.update(teamId, patch);
      const after = { ...before, ...patch };
      const state = {
        previousState: { name: before.name, description: before.description },
        newState: { name: after.name, description: after.description },
      };
      const facts = { event: 'team_updated' as const, target: targetOf(after), state };
      await tables.audit.append(auditEvent(caller, facts), clock.now());
      return after;
    }),

  /** Its members keep what they may do otherwise. */
  remove: (caller: Caller, scope: OrganisationScope, teamId: number): Promise<void> =>
    store.transaction(async (tables) => {
      const team = await findTeam(tables, scope, teamId);
      const { rows } = await tables.teams.workspaces(teamId, { max: 1_000, offset: 0 });
      await tables.teams.remove(teamId);
      const workspaces = rows.map(({ workspace, roleName }) => ({ name: workspace.name, role: roleName }));
      const state = { previousState: { name: team.name, members: team.membersCount, workspaces } };
      const facts = { event: 'team_deleted' as const, target: targetOf(team), state };
      await tables.audit.append(auditEvent(caller, facts), clock.now());
    }),

  async members(
    scope: OrganisationScope,
    teamId: number,
    query: Page & { search?: string },
  ): Promise<Paged<MemberRow>> {
    await findTeam(store, scope, teamId);
    return store.members.list(scope.organisationId, { ...query, teamId });
  },

  /** @throws AppError 404 for who is no member of the organisation, 409 for a member of the team */
  addMember: (
    caller: Caller,
    scope: OrganisationScope,
    teamId: number,
    nameOrEmail: string | undefined,
  ): Promise<MemberRow> =>
    store.transaction(async (tables) => {
      const now = clock.now();
      const team = await findTeam(tables, scope, teamId);
      if (nameOrEmail === undefined)
        throw badRequest('userNameOrEmail: is missing', { field: 'userNameOrEmail' });
      const user = await tables.users.findByNameOrEmail(nameOrEmail);
      const member = user && (await tables.members.findByUser(scope.organisationId, user.id));
      if (!member) throw notFound('member', nameOrEmail);
      await tables.teams.addMember(teamId, member.id, now);
      const state = { metadata: { memberId: member.id, userName: member.userName } };
      const target = { ...targetOf(team), userId: member.userId };
      await tables.audit.append(auditEvent(caller, { event: 'team_member_added', target, state }), now);
      return member;
    }),

  removeMember: (caller: Caller, scope: OrganisationScope, teamId: number, memberId: number): Promise<void> =>
    store.transaction(async (tables) => {
      const team = await findTeam(tables, scope, teamId);
      const member = await tables.members.findById(scope.organisationId, memberId);
      if (!member || !(await tables.teams.removeMember(teamId, memberId))) throw notFound('member', memberId);
      const state = { metadata: { memberId, userName: member.userName } };
      const target = { ...targetOf(team), userId: member.userId };
      const facts = { event: 'team_member_removed' as const, target, state };
      await tables.audit.append(auditEvent(caller, facts), clock.now());
    }),

  async workspaces(
    scope: OrganisationScope,
    teamId: number,
    query: Page & { search?: string },
  ): Promise<Paged<{ workspace: Workspace; participantId: number; roleName: string }>> {
    await findTeam(store, scope, teamId);
    return store.teams.workspaces(teamId, query);
  },
});
