/** Organisations, members, workspaces, participants. */
import { pageOf } from '#contract/fields.ts';
import * as members from '#contract/people/members.ts';
import * as organisations from '#contract/people/organisations.ts';
import * as participants from '#contract/people/participants.ts';
import * as workspaces from '#contract/people/workspaces.ts';
import type { Actions } from '../actions.ts';
import { type Binding, bind } from '../exchange.ts';
import { wireMember, wireOrganisation, wireParticipant, wireWorkspace } from '../wire/people.ts';

const memberRoles = ['owner', 'member'] as const;

export const peopleHandlers = (actions: Actions): Binding[] => [
  bind(organisations.listOrganisations, async ({ caller }) => {
    const mine = await actions.organisations.list(caller);
    return { organizations: mine.map(wireOrganisation), totalSize: mine.length };
  }),
  bind(organisations.createOrganisation, async ({ caller, body }) => ({
    organization: wireOrganisation(await actions.organisations.create(caller, body.organization)),
  })),
  bind(organisations.validateOrganisationName, ({ query }) =>
    actions.organisations.validateName(query.name ?? ''),
  ),
  bind(organisations.describeOrganisation, async ({ caller, scope }) => ({
    organization: wireOrganisation(await actions.organisations.describe(caller, scope)),
  })),
  bind(organisations.updateOrganisation, ({ caller, scope, body }) =>
    actions.organisations.update(caller, scope, body),
  ),

  bind(members.listMembers, async ({ scope, query }) => {
    const found = await actions.members.list(scope, memberRoles, { ...query, ...pageOf(query) });
    return { members: found.rows.map(wireMember), totalSize: found.totalSize };
  }),
  bind(members.listCollaborators, async ({ scope, query }) => {
    const found = await actions.members.list(scope, ['collaborator'], { ...query, ...pageOf(query) });
    return { members: found.rows.map(wireMember), totalSize: found.totalSize };
  }),
  bind(members.addMember, async ({ caller, scope, body }) => ({
    member: wireMember(await actions.members.add(caller, scope, body.user)),
  })),

  bind(workspaces.listWorkspaces, async ({ caller, scope }) => ({
    workspaces: (await actions.workspaces.list(caller, scope)).map(wireWorkspace),
  })),
  bind(workspaces.createWorkspace, async ({ caller, scope, body }) => ({
    workspace: wireWorkspace(await actions.workspaces.create(caller, scope, body.workspace)),
  })),
  bind(workspaces.validateWorkspaceName, ({ scope, query }) =>
    actions.workspaces.validateName(scope, query.name ?? ''),
  ),
  bind(workspaces.describeWorkspace, async ({ scope }) => ({
    workspace: wireWorkspace(await actions.workspaces.describe(scope)),
  })),
  bind(workspaces.updateWorkspace, async ({ caller, scope, body }) => ({
    workspace: wireWorkspace(await actions.workspaces.update(caller, scope, body)),
  })),

  bind(participants.listParticipants, async ({ scope, query }) => {
    const found = await actions.participants.list(scope, { ...query, ...pageOf(query) });
    return { participants: found.rows.map(wireParticipant), totalSize: found.totalSize };
  }),
  bind(participants.addParticipant, async ({ caller, scope, body }) => ({
    participant: wireParticipant(await actions.participants.add(caller, scope, body)),
  })),
  bind(participants.setParticipantRole, ({ caller, scope, params, body }) =>
    actions.participants.setRole(caller, scope, params.participantId, body.role),
  ),
];
