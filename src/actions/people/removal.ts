/**
 * What ends with a membership (promise 13): in one transaction the member's power, places in teams and workspaces, and
 * keys on the organisation's clusters; what runs for them there is stopped, with the retired keys where those started
 * it. The record lists all of it, and the workspace keys that they know because they pasted them.
 */
import type { Caller } from '#core/caller.ts';
import type { Clock } from '#core/clock.ts';
import {
  credentialName,
  type ManagedCredential,
  type ManagedIdentity,
  type WorkspaceCredential,
} from '#core/clusters.ts';
import { conflict } from '#core/errors.ts';
import type { MemberRow, Organisation, Team } from '#core/people.ts';
import type { ClusterAccess } from '#core/ports/cluster-access.ts';
import type { Tables } from '#core/ports/store.ts';
import type { Run } from '#core/runs.ts';
import { auditEvent } from '../audit.ts';
import type { Deletion } from '../credentials/deletion.ts';

export interface RemovalDeps {
  deletion: Pick<Deletion, 'retireManaged' | 'stopRuns'>;
  clusters: Pick<ClusterAccess, 'closeChannels'>;
  clock: Clock;
  /** Tells the launcher that something is due. */
  wake(): void;
}

/** What a member has in an organisation. */
export interface Holdings {
  teams: Team[];
  workspaces: { id: number; name: string; roleName: string; teamName: string | null }[];
  credentials: { identity: ManagedIdentity; credential: ManagedCredential }[];
  /** Alive. */
  runs: Run[];
  /** Shared keys that they have pasted, and so know. */
  workspaceKeys: WorkspaceCredential[];
}

export const holdingsOf = async (
  tables: Pick<
    Tables,
    'teams' | 'participants' | 'workspaces' | 'identities' | 'managedCredentials' | 'runs' | 'credentials'
  >,
  { id: memberId, userId, organisationId }: Pick<MemberRow, 'id' | 'userId' | 'organisationId'>,
): Promise<Holdings> => {
  const workspaces: Holdings['workspaces'] = [];
  for (const { workspaceId, roleName, team } of await tables.participants.rolesHeld(userId)) {
    const workspace = await tables.workspaces.find(workspaceId);
    if (workspace?.organisationId !== organisationId) continue;
    workspaces.push({ id: workspaceId, name: workspace.name, roleName, teamName: team?.name ?? null });
  }
  const credentials: Holdings['credentials'] = [];
  const all = { max: Number.MAX_SAFE_INTEGER, offset: 0 };
  for (const identity of (await tables.identities.list(organisationId, all)).rows) {
    const credential = await tables.managedCredentials.find(identity.id, userId);
    if (credential) credentials.push({ identity, credential });
  }
  const live = await tables.runs.liveOfUser(userId);
  return {
    teams: await tables.teams.ofMember(memberId),
    workspaces,
    credentials,
    runs: live.filter((run) => run.organisationId === organisationId),
    workspaceKeys: await tables.credentials.listMadeBy(organisationId, userId),
  };
};

/** As the audit log shows it. */
const recorded = ({ teams, workspaces, credentials, runs, workspaceKeys }: Holdings) => ({
  teams: teams.map(({ name }) => name),
  workspaces: workspaces.map(({ name, roleName, teamName }) => ({
    name,
    role: roleName,
    ...(teamName !== null && { team: teamName }),
  })),
  credentialsRetired: credentials.map(({ identity, credential }) => ({
    managedIdentity: identity.name,
    linuxUser: credential.linuxUser,
    fingerprint: credential.key?.fingerprint ?? null,
  })),
  runsStopped: runs.map(({ id, runName, snapshot: { hostName, linuxUser }, headJobId }) => ({
    run: id,
    runName,
    hostName,
    linuxUser,
    headJobId,
  })),
  workspaceKeysKnown: workspaceKeys.map(({ id, name }) => ({ id, name })),
});

export interface Removal {
  /** Within a transaction. @returns the credentials whose channels `afterwards` closes. @throws AppError 409: last owner */
  remove(
    tables: Tables,
    caller: Caller,
    organisation: Pick<Organisation, 'id' | 'name'>,
    member: MemberRow,
  ): Promise<string[]>;
  /** After that transaction. */
  afterwards(credentials: readonly string[]): void;
}

/** An organisation always has an owner. @throws AppError 409 */
export const checkNotLastOwner = async (
  { members }: Pick<Tables, 'members'>,
  { id, name }: Pick<Organisation, 'id' | 'name'>,
  member: MemberRow,
): Promise<void> => {
  if (member.role === 'owner' && (await members.countOwners(id)) === 1)
    throw conflict(`${member.userName} is the last owner of ${name}: make somebody else owner first`);
};

export const createRemoval = ({ deletion, clusters, clock, wake }: RemovalDeps): Removal => ({
  remove: async (tables, caller, organisation, member) => {
    await checkNotLastOwner(tables, organisation, member);
    const reason = `${member.userName} is no member of ${organisation.name} any more`;
    const holdings = await holdingsOf(tables, member);
    for (const { credential } of holdings.credentials)
      await deletion.retireManaged(tables, credential, { caller, checked: false, reason });
    await deletion.stopRuns(tables, caller, holdings.runs, reason);
    await tables.members.remove(member.id);
    // Who belongs elsewhere too stays signed in there: owners of one place end nobody's work in another.
    const elsewhere = await tables.organisations.listOfUser(member.userId);
    if (elsewhere.length === 0 && caller.userId !== member.userId)
      await tables.sessions.removeOfUser(member.userId);
    const { id, userName: name, userId, role } = member;
    const target = { type: 'member', id, name, organisationId: organisation.id, userId };
    const state = { previousState: { role }, metadata: recorded(holdings) };
    await tables.audit.append(auditEvent(caller, { event: 'member_removed', target, state }), clock.now());
    return holdings.credentials.map(({ credential }) =>
      credentialName({ kind: 'managed', id: credential.id }),
    );
  },

  afterwards: (credentials) => {
    for (const credential of credentials) clusters.closeChannels({ credential });
    wake();
  },
});
