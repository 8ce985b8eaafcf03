/** Organisations and workspaces, who participates in them, and the roles that there are. */
import { pageOf } from '#contract/fields.ts';
import * as organisations from '#contract/people/organisations.ts';
import * as participants from '#contract/people/participants.ts';
import * as roles from '#contract/people/roles.ts';
import * as workspaces from '#contract/people/workspaces.ts';
import type { Actions } from '../actions.ts';
import { type Binding, bind } from '../exchange.ts';
import { wireOrganisation, wireParticipant, wireWorkspace } from '../wire/people.ts';

const organisationHandlers = ({ organisations: actions }: Actions): Binding[] => [
  bind(organisations.listOrganisations, async ({ caller, query }) => {
    const mine = await actions.list(caller, query.role);
    return { organizations: mine.map(wireOrganisation), totalSize: mine.length };
  }),
  bind(organisations.createOrganisation, async ({ caller, body }) => ({
    organization: wireOrganisation(await actions.create(caller, body.organization)),
  })),
  bind(organisations.validateOrganisationName, ({ query }) => actions.validateName(query.name ?? '')),
  bind(organisations.describeOrganisation, async ({ caller, scope }) => ({
    organization: wireOrganisation(await actions.describe(caller, scope)),
  })),
  bind(organisations.updateOrganisation, ({ caller, scope, body }) => actions.update(caller, scope, body)),
  bind(organisations.deleteOrganisation, ({ caller, scope }) => actions.remove(caller, scope)),
];

const workspaceHandlers = ({ workspaces: actions }: Actions): Binding[] => [
  bind(workspaces.listWorkspaces, async ({ caller, scope }) => ({
    workspaces: (await actions.list(caller, scope)).map(wireWorkspace),
  })),
  bind(workspaces.createWorkspace, async ({ caller, scope, body }) => ({
    workspace: wireWorkspace(await actions.create(caller, scope, body.workspace)),
  })),
  bind(workspaces.validateWorkspaceName, ({ scope, query }) => actions.validateName(scope, query.name ?? '')),
  bind(workspaces.describeWorkspace, async ({ scope }) => ({
    workspace: wireWorkspace(await actions.describe(scope)),
  })),
  bind(workspaces.updateWorkspace, async ({ caller, scope, body }) => ({
    workspace: wireWorkspace(await actions.update(caller, scope, body)),
  })),
  bind(workspaces.deleteWorkspace, ({ caller, scope }) => actions.remove(caller, scope)),
];

const participantHandlers = ({ participants: actions }: Actions): Binding[] => [
  bind(participants.listParticipants, async ({ scope, query }) => {
    const found = await actions.list(scope, { ...query, ...pageOf(query) });
    return { participants: found.rows.map(wireParticipant), totalSize: found.totalSize };
  }),
  bind(participants.addParticipant, async ({ caller, scope, body }) => ({
    participant: wireParticipant(await actions.add(caller, scope, body)),
  })),
  bind(participants.setParticipantRole, ({ caller, scope, params, body }) =>
    actions.setRole(caller, scope, params.participantId, body.role),
  ),
  bind(participants.removeParticipant, ({ caller, scope, params }) =>
    actions.remove(caller, scope, params.participantId),
  ),
  bind(participants.removeWorkspaceUser, ({ caller, scope, params }) =>
    actions.removeUser(caller, scope, params.userId),
  ),
  bind(participants.leaveWorkspace, ({ caller, scope }) => actions.leave(caller, scope)),
];

const roleHandlers = ({ customRoles: actions }: Actions): Binding[] => [
  bind(roles.listRoles, async ({ scope, query }) => {
    const max = query.max ?? 100;
    const found = await actions.list(scope, { ...query, ...pageOf({ ...query, max }) });
    return { roles: found.rows, totalSize: found.totalSize };
  }),
  bind(roles.createRole, ({ caller, scope, body }) => actions.create(caller, scope, body)),
  bind(roles.listRolePermissions, async ({ query }) => ({
    permissions: await actions.listPermissions(query.name),
  })),
  bind(roles.validateRoleName, ({ scope, query }) => actions.validateName(scope, query.name)),
  bind(roles.describeRole, async ({ scope, params }) => ({
    role: await actions.describe(scope, params.roleName),
  })),
  bind(roles.updateRole, ({ caller, scope, params, body }) =>
    actions.update(caller, scope, params.roleName, body),
  ),
  bind(roles.deleteRole, ({ caller, scope, params }) => actions.remove(caller, scope, params.roleName)),
];

export const placeHandlers = (actions: Actions): Binding[] => [
  ...organisationHandlers(actions),
  ...workspaceHandlers(actions),
  ...participantHandlers(actions),
  ...roleHandlers(actions),
];
