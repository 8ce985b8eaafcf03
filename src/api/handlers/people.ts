/** Members, collaborators, teams; what each may do where. */
import { pageOf } from '#contract/fields.ts';
import * as members from '#contract/people/members.ts';
import * as teams from '#contract/people/teams.ts';
import type { Actions } from '../actions.ts';
import { type Binding, bind } from '../exchange.ts';
import { wireHoldings, wireMember, wireRolesOfUser, wireTeam } from '../wire/people.ts';

const memberRoles = ['owner', 'member'] as const;

const memberHandlers = ({ members: actions }: Actions): Binding[] => [
  bind(members.listMembers, async ({ scope, query }) => {
    const found = await actions.list(scope, memberRoles, { ...query, ...pageOf(query) });
    return { members: found.rows.map(wireMember), totalSize: found.totalSize };
  }),
  bind(members.listCollaborators, async ({ scope, query }) => {
    const found = await actions.list(scope, ['collaborator'], { ...query, ...pageOf(query) });
    return { members: found.rows.map(wireMember), totalSize: found.totalSize };
  }),
  bind(members.addMember, async ({ caller, scope, body }) => ({
    member: wireMember(await actions.add(caller, scope, body.user)),
  })),
  bind(members.setMemberRole, ({ caller, scope, params, body }) =>
    actions.setRole(caller, scope, params.memberId, body.role),
  ),
  bind(members.removeMember, ({ caller, scope, params }) => actions.remove(caller, scope, params.memberId)),
  bind(members.describeHoldings, async ({ scope, params }) =>
    wireHoldings(await actions.holdings(scope, params.memberId)),
  ),
  bind(members.leaveOrganisation, ({ caller, scope }) => actions.leave(caller, scope)),
  bind(members.listUserRoles, async ({ caller, scope, params }) =>
    wireRolesOfUser(await actions.rolesOf(caller, scope, params.userId)),
  ),
];

const teamHandlers = ({ teams: actions }: Actions): Binding[] => [
  bind(teams.listTeams, async ({ scope, query }) => {
    const whole = query.max === undefined && query.offset === undefined;
    const page = whole ? undefined : pageOf(query);
    const found = await actions.list(scope, { search: query.search, page });
    return { teams: found.rows.map(wireTeam), totalSize: found.totalSize };
  }),
  bind(teams.createTeam, async ({ caller, scope, body }) => ({
    team: wireTeam(await actions.create(caller, scope, body.team)),
  })),
  bind(teams.validateTeamName, ({ scope, query }) => actions.validateName(scope, query.name ?? '')),
  bind(teams.describeTeam, async ({ scope, params }) => ({
    team: wireTeam(await actions.describe(scope, params.teamId)),
  })),
  bind(teams.updateTeam, async ({ caller, scope, params, body }) => ({
    team: wireTeam(await actions.update(caller, scope, params.teamId, body)),
  })),
  bind(teams.deleteTeam, ({ caller, scope, params }) => actions.remove(caller, scope, params.teamId)),
  bind(teams.listTeamMembers, async ({ scope, params, query }) => {
    const found = await actions.members(scope, params.teamId, { ...query, ...pageOf(query) });
    return { members: found.rows.map(wireMember), totalSize: found.totalSize };
  }),
  bind(teams.addTeamMember, async ({ caller, scope, params, body }) => ({
    member: wireMember(await actions.addMember(caller, scope, params.teamId, body.userNameOrEmail)),
  })),
  bind(teams.removeTeamMember, ({ caller, scope, params }) =>
    actions.removeMember(caller, scope, params.teamId, params.memberId),
  ),
  bind(teams.listTeamWorkspaces, async ({ scope, params, query }) => {
    const found = await actions.workspaces(scope, params.teamId, { ...query, ...pageOf(query) });
    const workspaces = found.rows.map(({ workspace, participantId, roleName }) => ({
      orgId: scope.organisationId,
      orgName: scope.organisationName,
      workspaceId: workspace.id,
      workspaceName: workspace.name,
      workspaceFullName: workspace.fullName,
      participantId,
      participantRole: roleName,
    }));
    return { workspaces, totalSize: found.totalSize };
  }),
];

export const peopleHandlers = (actions: Actions): Binding[] => [
  ...memberHandlers(actions),
  ...teamHandlers(actions),
];
