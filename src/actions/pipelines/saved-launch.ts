/** What a version keeps of a launch: checked as at a launch, compared by a digest, shown to the audit log by digests. */
import { createHash } from 'node:crypto';
import type { Caller, WorkspaceScope } from '#core/caller.ts';
import { badRequest } from '#core/errors.ts';
import type { SavedLaunchInput } from '#core/ports/pipeline-actions.ts';
import type { Tables } from '#core/ports/store.ts';
import type { LaunchRequest } from '#core/runs.ts';
import { digest } from '../audit.ts';
import { liesWithin } from '../context.ts';

export interface SavedLaunch {
  launch: LaunchRequest;
  computeEnvId: string | null;
}

const keptFields = ['outputDir', 'towerConfig', 'syntaxParser', 'headJobCpus', 'headJobMemoryMb'] as const;

/** The launch as it is to be saved. @throws AppError 400 without a pipeline */
export const savedLaunch = (input: SavedLaunchInput, before?: SavedLaunch): SavedLaunch => {
  const { computeEnvId, ...given } = input;
  const pipeline = given.pipeline ?? before?.launch.pipeline;
  if (!pipeline)
    throw badRequest('launch.pipeline: say which pipeline to save', { field: 'launch.pipeline' });
  const kept = Object.fromEntries(keptFields.map((field) => [field, given[field] ?? undefined]));
  for (const field of keptFields) if (given[field] === undefined) kept[field] = before?.launch[field];
  const fields = Object.entries({ ...given, ...kept, pipeline }).filter(([, value]) => value !== undefined);
  return {
    launch: Object.fromEntries(fields) as unknown as LaunchRequest,
    computeEnvId: computeEnvId ?? before?.computeEnvId ?? null,
  };
};

/** The same for the same launch, in whatever order its fields came; an empty list is as good as none. */
export const launchHash = ({ launch, computeEnvId }: SavedLaunch): string => {
  const fields = Object.entries(launch)
    .filter(([, value]) => !Array.isArray(value) || value.length > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([computeEnvId, fields]))
    .digest('hex');
};

/** @throws AppError 400 for an environment that is not there */
export const checkEnvironment = async (
  tables: Pick<Tables, 'computeEnvs'>,
  caller: Caller,
  scope: WorkspaceScope,
  { computeEnvId }: SavedLaunch,
): Promise<void> => {
  if (computeEnvId === null) return;
  const environment = await tables.computeEnvs.find(computeEnvId);
  if (environment && environment.status !== 'DELETED' && liesWithin(caller, scope, environment)) return;
  throw badRequest(`launch.computeEnvId: there is no compute environment ${computeEnvId} here`, {
    field: 'launch.computeEnvId',
  });
};

const texts = new Set(['configText', 'paramsText', 'preRunScript', 'postRunScript', 'towerConfig']);

/** As the audit log shows it. */
export const auditedLaunch = ({ launch, computeEnvId }: SavedLaunch): Record<string, unknown> => ({
  computeEnvId,
  ...Object.fromEntries(
    Object.entries(launch).map(([field, value]) => [
      field,
      texts.has(field) && typeof value === 'string' ? digest(value) : value,
    ]),
  ),
});
