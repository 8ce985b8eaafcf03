/** For the audit record: digest and author of every text that will run, or steer what runs, as the member. */
import type { Caller } from '#core/caller.ts';
import type { ComputeEnv, ManagedIdentity } from '#core/clusters.ts';
import type { LaunchRequest } from '#core/runs.ts';
import { digest } from '../audit.ts';

export interface Launched {
  input: LaunchRequest;
  /** The saved launch that it goes back to, and who saved it. */
  basis: { launch: LaunchRequest; userId: number } | null;
}

export const launchScripts = (
  caller: Caller,
  environment: ComputeEnv,
  identity: ManagedIdentity | undefined,
  { input, basis }: Launched,
): Record<string, { digest: string; author: string }> => {
  const sources: [string, string, Partial<Record<string, unknown>>][] = [
    ...(identity
      ? [['identity', `user ${identity.updatedBy}`, identity.config] as [string, string, object]]
      : []),
    ['environment', `user ${environment.userId}`, environment.config],
    ['launch', `user ${caller.userId}`, { ...input }],
  ];
  const fields = [
    'preRunScript',
    'postRunScript',
    'nextflowConfig',
    'configText',
    'headJobOptions',
    'paramsText',
    'towerConfig',
    // Variables steer as much as scripts do: PATH, LD_PRELOAD, BASH_ENV.
    'environment',
  ];
  return Object.fromEntries(
    sources.flatMap(([source, author, texts]) =>
      fields.flatMap((field) => {
        const given = texts[field];
        const text = Array.isArray(given) && given.length > 0 ? JSON.stringify(given) : given;
        if (typeof text !== 'string' || text === '') return [];
        const isSaved = source === 'launch' && basis?.launch[field as keyof LaunchRequest] === given;
        const by = isSaved ? `user ${basis?.userId}` : author;
        return [[`${source}.${field}`, { digest: digest(text), author: by }]];
      }),
    ),
  );
};
