/** What people are told of files that were removed on a cluster by policy. */
import { type CleanupPolicy, presentPolicy, type SessionCleanup } from '#core/cleanup.ts';
import { conflict } from '#core/errors.ts';
import type { Store } from '#core/ports/store.ts';
import type { Run } from '#core/runs.ts';

const what = {
  'keep-logs': "The task directories, the cache and the clones of this run's session",
  remove: "The files of this run's session",
};

/** Of one whose removal has begun. */
const cleanedSentence = (cleanup: SessionCleanup, hostName: string): string => {
  const at = new Date(cleanup.cleanedAt ?? cleanup.startedAt ?? 0).toISOString().slice(0, 10);
  const when =
    cleanup.cleanedAt === null
      ? `are being removed from ${hostName} since`
      : `were removed from ${hostName} on`;
  return `${what[cleanup.policy]} ${when} ${at}, as the policy of its compute environment says.`;
};

/** Why a run's own files, or those of its tasks, are not there (any more); null when that has another reason. */
export const whyCleaned = async (
  store: Pick<Store, 'sessionCleanups'>,
  run: Pick<Run, 'sessionId' | 'snapshot'>,
  files: 'run' | 'task',
): Promise<string | null> => {
  const cleanup = await store.sessionCleanups.find(run.sessionId);
  if (!cleanup || cleanup.startedAt === null) return null;
  if (files === 'run' && cleanup.policy !== 'remove') return null;
  return cleanedSentence(cleanup, run.snapshot.hostName);
};

/** What it would go on from is gone, or going. @throws AppError 409 */
export const checkNotCleaned = async (
  tables: Pick<Store, 'sessionCleanups'>,
  { sessionId, snapshot }: Pick<Run, 'sessionId' | 'snapshot'>,
): Promise<void> => {
  const cleanup = await tables.sessionCleanups.find(sessionId);
  if (cleanup && cleanup.startedAt !== null)
    throw conflict(
      `${cleanedSentence(cleanup, snapshot.hostName)} There is nothing to go on from: launch it anew`,
    );
};

/** What environment and identity say now of a run's files; undefined where both have gone. */
export const presentCleanup = async (
  tables: Pick<Store, 'computeEnvs' | 'identities'>,
  { computeEnvId, snapshot: { identityId } }: Pick<Run, 'computeEnvId' | 'snapshot'>,
): Promise<CleanupPolicy | undefined> => {
  const environment = await tables.computeEnvs.find(computeEnvId);
  const identity = identityId === null ? undefined : await tables.identities.find(identityId);
  return presentPolicy(environment?.status === 'DELETED' ? undefined : environment?.config, identity?.config);
};
