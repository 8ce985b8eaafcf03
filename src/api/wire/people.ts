/** Users, organisations, members, workspaces, participants and tokens as clients know them. */

import type { z } from 'zod';
import type { OwnOrganisation } from '#actions/people/organisations.ts';
import type { Place } from '#actions/people/users.ts';
import type { member } from '#contract/people/members.ts';
import type { organisation } from '#contract/people/organisations.ts';
import type { participant } from '#contract/people/participants.ts';
import type { workspace } from '#contract/people/workspaces.ts';
import type { accessToken } from '#contract/tokens.ts';
import type { orgAndWorkspace, user } from '#contract/users.ts';
import type { AccessToken, MemberRow, ParticipantRow, User, Workspace } from '#core/people.ts';
import { iso, isoOrAbsent } from './dates.ts';

export const wireUser = (record: User): z.output<typeof user> => ({
  id: record.id,
  userName: record.userName,
  email: record.email,
  firstName: record.firstName ?? undefined,
  lastName: record.lastName ?? undefined,
  dateCreated: iso(record.createdAt),
  lastAccess: isoOrAbsent(record.lastAccessAt),
});

export const wirePlace = (place: Place): z.output<typeof orgAndWorkspace> => ({
  orgId: place.organisation.id,
  orgName: place.organisation.name,
  workspaceId: place.workspace?.id ?? null,
  workspaceName: place.workspace?.name ?? null,
  workspaceFullName: place.workspace?.fullName,
  visibility: place.workspace?.visibility,
  roles: [place.workspaceRole ?? place.organisationRole],
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
  memberId: row.memberId,
  userName: row.userName,
  email: row.email,
  firstName: row.firstName ?? undefined,
  lastName: row.lastName ?? undefined,
  orgRole: row.organisationRole,
  wspRole: row.role,
  type: row.organisationRole === 'collaborator' ? 'COLLABORATOR' : 'MEMBER',
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
