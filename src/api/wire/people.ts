/** Users, organisations, members, workspaces, participants and tokens as clients know them. */

import type { z } from 'zod';
import type { RolesOfUser } from '#actions/people/members.ts';
import type { OwnOrganisation } from '#actions/people/organisations.ts';
import type { Holdings } from '#actions/people/removal.ts';
import type { Place } from '#actions/people/users.ts';
import type { describeHoldings, listUserRoles, member } from '#contract/people/members.ts';
import type { organisation } from '#contract/people/organisations.ts';
import type { participant } from '#contract/people/participants.ts';
import type { team } from '#contract/people/teams.ts';
import type { workspace } from '#contract/people/workspaces.ts';
import type { AnswerBody } from '#contract/route.ts';
import type { accessToken } from '#contract/tokens.ts';
import type { orgAndWorkspace, user, userInfo } from '#contract/users.ts';
import type { AccessToken, MemberRow, ParticipantRow, TeamRow, User, Workspace } from '#core/people.ts';
import { roleNames } from '#core/rights.ts';
import { iso, isoOrAbsent } from './dates.ts';

export const wireUser = (record: User): z.output<typeof user> => ({
  id: record.id,
  userName: record.userName,
  email: record.email,
  firstName: record.firstName ?? undefined,
  lastName: record.lastName ?? undefined,
  organization: record.organization ?? undefined,
  description: record.description ?? undefined,
  dateCreated: iso(record.createdAt),
  lastAccess: isoOrAbsent(record.lastAccessAt),
});

export const wireProfile = (profile: {
  user: User;
  defaultWorkspaceId: number | undefined;
}): AnswerBody<typeof userInfo> => ({
  user: wireUser(profile.user),
  needConsent: false,
  defaultWorkspaceId: profile.defaultWorkspaceId,
});

export const wirePlace = (place: Place): z.output<typeof orgAndWorkspace> => ({
  orgId: place.organisation.id,
  orgName: place.organisation.name,
  workspaceId: place.workspace?.id ?? null,
  workspaceName: place.workspace?.name ?? null,
  workspaceFullName: place.workspace?.fullName,
  visibility: place.workspace?.visibility,
  roles: place.workspace ? [...place.workspaceRoles] : [place.organisationRole],
});

export const wireOrganisation = ({
  organisation: { id, name, fullName, description, location, website },
  member: own,
}: OwnOrganisation): z.output<typeof organisation> => ({
  orgId: id,
  name,
  fullName,
  description: description ?? undefined,
  location: location ?? undefined,
  website: website ?? undefined,
  memberId: own.id,
  memberRole: own.role,
});

export const wireMember = (row: MemberRow): z.output<typeof member> => ({
  memberId: row.id,
  userId: row.userId,
  userName: row.userName,
  email: row.email,
  firstName: row.firstName ?? undefined,
  lastName: row.lastName ?? undefined,
  role: row.role,
});

export const wireWorkspace = (record: Workspace): z.output<typeof workspace> => ({
  id: record.id,
  name: record.name,
  fullName: record.fullName,
  description: record.description ?? undefined,
  visibility: record.visibility,
  dateCreated: iso(record.createdAt),
});

export const wireParticipant = (row: ParticipantRow): z.output<typeof participant> => ({
  participantId: row.id,
  memberId: row.memberId ?? undefined,
  userName: row.userName ?? undefined,
  email: row.email ?? undefined,
  firstName: row.firstName ?? undefined,
  lastName: row.lastName ?? undefined,
  orgRole: row.organisationRole ?? undefined,
  teamId: row.teamId ?? undefined,
  teamName: row.teamName ?? undefined,
  wspRole: row.roleName,
  type: row.teamId !== null ? 'TEAM' : row.organisationRole === 'collaborator' ? 'COLLABORATOR' : 'MEMBER',
});

export const wireTeam = (row: TeamRow): z.output<typeof team> => ({
  teamId: row.id,
  name: row.name,
  description: row.description ?? undefined,
  membersCount: row.membersCount,
});

export const wireRolesOfUser = ({
  member: own,
  workspaces,
}: RolesOfUser): AnswerBody<typeof listUserRoles> => ({
  user: wireMember(own),
  userWorkspaces: workspaces.map(({ workspace: { id, name }, held }) => {
    const permissions = [...new Set(held.flatMap((one) => one.permissions))].sort();
    return {
      workspaceId: id,
      workspaceName: name,
      roles: held.map(({ roleName, team: source }) => ({
        role: roleName,
        roleSourceType: source ? ('team' as const) : ('individual' as const),
        ...(source && {
          sourceTeamId: source.id,
          sourceTeamName: source.name,
          sourceTeamType: 'regular' as const,
        }),
      })),
      permissions: permissions.map((permission) => ({
        permission,
        roles: roleNames(held.filter((one) => one.permissions.includes(permission))),
      })),
    };
  }),
});

export const wireHoldings = ({
  member: own,
  holdings,
}: {
  member: MemberRow;
  holdings: Holdings;
}): AnswerBody<typeof describeHoldings> => ({
  member: wireMember(own),
  teams: holdings.teams.map(({ id, name }) => ({ teamId: id, name })),
  workspaces: holdings.workspaces.map(({ id, name, roleName, teamName }) => ({
    workspaceId: id,
    workspaceName: name,
    role: roleName,
    team: teamName ?? undefined,
  })),
  managedCredentials: holdings.credentials.map(({ identity, credential }) => ({
    managedIdentityId: identity.id,
    managedIdentityName: identity.name,
    linuxUser: credential.linuxUser ?? undefined,
    fingerprint: credential.key?.fingerprint,
  })),
  liveRuns: holdings.runs.map(({ id, runName, snapshot }) => ({
    workflowId: id,
    runName,
    hostName: snapshot.hostName,
  })),
  workspaceKeysKnown: holdings.workspaceKeys.map(({ id, name }) => ({ credentialsId: id, name })),
});

export const wireToken = (token: AccessToken): z.output<typeof accessToken> => ({
  id: token.id,
  name: token.name,
  dateCreated: iso(token.createdAt),
  lastUsed: isoOrAbsent(token.lastUsedAt),
  expiresAt: isoOrAbsent(token.expiresAt),
  scope: token.power ?? undefined,
  orgId: token.organisationId ?? undefined,
  workspaceId: token.workspaceId ?? undefined,
});
