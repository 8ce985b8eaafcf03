/** For the audit record: digest and author of every text that will run, or steer what runs, as the member. */
import type { Caller } from '#core/caller.ts';
import type { ComputeEnv, ManagedIdentity } from '#core/clusters.ts';
import type { LaunchInput } from '#core/ports/run-actions.ts';
import { digest } from './audit.ts';

export const launchScripts = (
  caller: Caller,
  environment: ComputeEnv,
  identity: ManagedIdentity | undefined,
  input: LaunchInput,
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
        return typeof text === 'string' && text !== ''
          ? [[`${source}.${field}`, { digest: digest(text), author }]]
          : [];
      }),
    ),
  );
};
