/** Port: what owners may do with a cluster's status reader. Rules as in `actions.ts`. */
import type { Caller, OrganisationScope } from '../caller.ts';
import type { ManagedIdentity, StatusReader } from '../clusters.ts';
import type { NewKey } from './actions.ts';

export interface StatusReaderInput {
  key?: NewKey;
  /** A key is to be made here, in place of whatever there was. Never together with `key`. */
  generate?: 'ed25519';
  linuxUser?: string;
}

export interface StatusReaderView {
  identity: ManagedIdentity;
  reader: StatusReader;
  /** What its key is to be bound to on the cluster. */
  command: string;
}

/** An identity's one status reader. @throws AppError 404 where there is none */
export interface StatusReaderActions {
  describe(caller: Caller, scope: OrganisationScope, identityId: number): Promise<StatusReaderView>;
  /** Creates or replaces it; a key that is not given stays. @throws AppError 400 with what the cluster said */
  save(
    caller: Caller,
    scope: OrganisationScope,
    identityId: number,
    input: StatusReaderInput,
  ): Promise<StatusReaderView>;
  /** Logs in with it and tells what the cluster answered. */
  verify(
    caller: Caller,
    scope: OrganisationScope,
    identityId: number,
  ): Promise<{ ok: boolean; message: string; findings: string[] }>;
  remove(caller: Caller, scope: OrganisationScope, identityId: number): Promise<void>;
}
