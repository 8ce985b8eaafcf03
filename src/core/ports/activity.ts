/** Port: how much each member used a cluster lately. Counted by `src/ssh`, kept by `src/store`, shown to owners and members. */
import type { Caller, OrganisationScope } from '../caller.ts';
import type { CommandKind } from './cluster-access.ts';

/** For whom: a member with their own key, the cluster's status reader, or a key that a workspace shares (nobody's own). */
export type UseBearer = 'member' | 'reader' | 'shared';

/** A login that succeeded, one that the cluster refused, or a command by what it was for. */
export type UseKind = 'connection' | 'refusal' | CommandKind;

/** Who used which cluster. */
export interface UseOf {
  identityId: number;
  /** 0: nobody's own. */
  userId: number;
  bearer: UseBearer;
}

export interface Use extends UseOf {
  what: UseKind;
  number: number;
}

export interface ActivityStore {
  /** Adds to what is there. `hour`: hours since the epoch. */
  add(uses: readonly (Use & { hour: number })[]): Promise<void>;
  /** Of all hours from this one on, added up, with the names of members (null: nobody's, or gone). */
  of(
    identityId: number,
    fromHour: number,
    userId?: number,
  ): Promise<(Omit<Use, 'identityId'> & { userName: string | null })[]>;
  /** Forgets what is older than this hour. */
  prune(beforeHour: number): Promise<void>;
}

export interface MemberActivity {
  bearer: UseBearer;
  userId: number | null;
  userName: string | null;
  connections: number;
  refusals: number;
  commands: Record<CommandKind, number>;
}

/** Epoch milliseconds. */
export interface ClusterActivity {
  since: number;
  until: number;
  members: MemberActivity[];
}

export interface ActivityActions {
  /** Owners see everybody and the status reader, others their own line alone. @throws AppError 404 */
  show(caller: Caller, scope: OrganisationScope, identityId: number): Promise<ClusterActivity>;
}
