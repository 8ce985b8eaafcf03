/** A cluster's configuration on the wire: every field optional, one form in, one form out. */

import { z } from 'zod';
import { cleanups } from '#core/cleanup.ts';
import { type GridConfig, reportings } from '#core/grid-config.ts';
import type { Platform } from '#core/platforms.ts';
import { platforms } from '#core/platforms.ts';
import { flag, id, line, number, optional, script, text, textId, whole } from './fields.ts';

export const platform = z.enum(platforms);

export const variableName = text(255).regex(
  /^[A-Za-z_][A-Za-z0-9_]*$/,
  'must be letters, digits and underscores, not beginning with a digit',
);

const variable = z
  .object({
    name: variableName,
    value: z._default(text(32_768), ''),
    head: optional(flag),
    compute: optional(flag),
  })
  .transform(({ name, value, head, compute }) => ({
    name,
    value,
    // Said nowhere: the head job gets it.
    head: head ?? compute === undefined,
    compute: compute ?? false,
  }));

// Where empty texts are let through, they are given back as they came and mean "not set".
const wordOrNothing = (max: number) =>
  text(max).regex(/^(?:[^\s\p{Cc}-][^\s\p{Cc}]*)?$/u, 'must be one word that does not begin with a dash');

/** Absolute, or beginning with a variable that the cluster fills in. */
const directory = line(4096).regex(
  /^(?:[/$]|$)/,
  'must be an absolute path such as /scratch/work, or begin with a variable such as $HOME',
);

const hostName = text(255).regex(
  /^(?:[A-Za-z0-9_:][A-Za-z0-9._:-]*)?$/,
  'must be a host name or an address, without user, port or scheme',
);

/** One host key as `ssh-keyscan` prints it, with or without the host before and a comment behind. */
const hostKey = line(16_384).transform((typed, context) => {
  const found =
    /^(?:(@cert-authority|@revoked)\s)?(?:.*\s)?((?:ssh|ecdsa|sk-ssh|sk-ecdsa)-[a-z0-9@.-]+) ([A-Za-z0-9+/]{40,}={0,2})(?:\s|$)/.exec(
      typed.trim(),
    );
  if (found) return `${found[1] ? `${found[1]} ` : ''}${found[2]} ${found[3]}`;
  context.addIssue({
    code: 'custom',
    message:
      'must be a host key such as "ssh-ed25519 AAAA…", or "@cert-authority" and the key of an authority',
  });
  return z.NEVER;
});
export const hostKeys = z.array(hostKey).max(32);

export const port = whole(1, 65_535);

export const jumpHost = z
  .object({
    hostName: hostName.min(1),
    port: optional(port),
    userName: optional(wordOrNothing(64)),
    hostKeys: hostKeys.min(1, 'give the host keys that this jump host must show'),
    managedIdentityId: optional(id),
    credentialsId: optional(textId),
  })
  .refine((host) => host.managedIdentityId === undefined || host.credentialsId === undefined, {
    path: ['credentialsId'],
    message: 'one key is offered to a jump host: name a managed identity or a credential',
  });
/** Extension; more than two in a row has not been seen. */
const maxJumpHosts = 3;

const configFields = {
  workDir: optional(directory),
  launchDir: optional(directory),
  preRunScript: optional(script),
  postRunScript: optional(script),
  nextflowConfig: optional(script),
  userName: optional(wordOrNothing(64)),
  hostName: optional(hostName),
  port: optional(port),
  jumpHosts: optional(z.array(jumpHost).max(maxJumpHosts)),
  headQueue: optional(wordOrNothing(255)),
  computeQueue: optional(wordOrNothing(255)),
  maxQueueSize: optional(whole(1, 1_000_000)),
  headJobOptions: optional(line(4096)),
  propagateHeadJobOptions: optional(flag),
  environment: optional(z.array(variable).max(500)),
  reporting: optional(z.enum(reportings)),
  cleanup: optional(z.enum(cleanups)),
  cleanupAfterDays: optional(whole(1, 3_650)),
  unitForLimits: optional(z.enum(['KB', 'MB', 'GB', 'TB'])),
  perJobMemLimit: optional(flag),
  perTaskReserve: optional(flag),
};

/** As it is sent: the discriminator may be missing; host keys may come along. */
export const configInput = z.object({
  discriminator: optional(platform),
  ...configFields,
  hostKeys: optional(hostKeys),
});
export type ConfigInput = z.output<typeof configInput>;

/** Texts of a configuration that are given back as they came, empty ones too. */
export const verbatimConfig = [
  'workDir',
  'launchDir',
  'preRunScript',
  'postRunScript',
  'nextflowConfig',
  'userName',
  'hostName',
  'headQueue',
  'computeQueue',
  'headJobOptions',
] as const;

const lsfOnly = ['unitForLimits', 'perJobMemLimit', 'perTaskReserve'] as const;

/**
 * Takes host keys out and the discriminator from the platform.
 * @returns undefined, with an issue at `config.discriminator`, when the two disagree
 */
export const splitConfig = (
  named: Platform | undefined,
  { hostKeys: keys, discriminator, ...fields }: ConfigInput,
  addIssue: (path: string[], message: string) => void,
): { platform: Platform; config: GridConfig; hostKeys?: string[] } | undefined => {
  const chosen = named ?? discriminator;
  if (chosen === undefined) {
    addIssue(['platform'], `is missing: one of ${platforms.join(', ')}`);
    return undefined;
  }
  if (discriminator !== undefined && discriminator !== chosen) {
    addIssue(['config', 'discriminator'], `must be the platform, ${chosen}`);
    return undefined;
  }
  const config: GridConfig = { ...fields, discriminator: chosen };
  if (chosen !== 'lsf-platform') for (const field of lsfOnly) delete config[field];
  return { platform: chosen, config, ...(keys && { hostKeys: keys }) };
};

/** As it is answered. */
export const configOutput = z.object({
  discriminator: platform,
  workDir: z.string().optional(),
  launchDir: z.string().optional(),
  preRunScript: z.string().optional(),
  postRunScript: z.string().optional(),
  nextflowConfig: z.string().optional(),
  userName: z.string().optional(),
  hostName: z.string().optional(),
  port: number.optional(),
  jumpHosts: z
    .array(
      z.object({
        hostName: z.string(),
        port: number.optional(),
        userName: z.string().optional(),
        hostKeys: z.array(z.string()),
        managedIdentityId: number.optional(),
        credentialsId: z.string().optional(),
      }),
    )
    .optional(),
  headQueue: z.string().optional(),
  computeQueue: z.string().optional(),
  maxQueueSize: number.optional(),
  headJobOptions: z.string().optional(),
  propagateHeadJobOptions: z.boolean().optional(),
  environment: z
    .array(z.object({ name: z.string(), value: z.string(), head: z.boolean(), compute: z.boolean() }))
    .optional(),
  reporting: z.enum(reportings).optional(),
  cleanup: z.enum(cleanups).optional(),
  cleanupAfterDays: number.optional(),
  unitForLimits: z.enum(['KB', 'MB', 'GB', 'TB']).optional(),
  perJobMemLimit: z.boolean().optional(),
  perTaskReserve: z.boolean().optional(),
});
