/** Where runs of a workspace go: on a managed identity, or on a host of its own with a shared key. */
import {
  createComputeEnv,
  deleteComputeEnv,
  describeComputeEnv,
  updateComputeEnv,
} from '#contract/compute-envs.ts';
import { decideComputeEnvHostKeys, listComputeEnvHostKeys } from '#contract/host-keys.ts';
import { type Platform, platforms } from '#core/platforms.ts';
import { AtPlace, clash, type Path } from '../diagnostics.ts';
import { type Context, defineResource } from '../resource.ts';
import { choice, number, text, texts, type Values } from '../schema/attribute.ts';
import { name, positive, said } from '../schema/rules.ts';
import { isGiven } from '../values/value.ts';
import { given } from './given.ts';
import { orGone } from './gone.ts';
import { addressRules, checkGrid, gridAttributes, hostKeyRule } from './grid-attributes.ts';
import { readConfig, sentConfig } from './grid-config.ts';
import { pinnedOf, sameHostKeys } from './host-key-lines.ts';

const replaced = <const Grid extends Record<string, object>>(grid: Grid) =>
  Object.fromEntries(
    Object.entries(grid).map(([key, attribute]) => [key, { ...attribute, replaces: true }]),
  ) as unknown as Grid;

const attributes = {
  name: text({ required: true, check: name, description: 'Name, unique in the workspace.' }),
  workspace_id: number({
    optional: true,
    replaces: true,
    check: positive,
    description: 'Number of the workspace. Default: the personal context of whose token it is.',
  }),
  platform: choice(platforms, { required: true, replaces: true, description: 'Scheduler.' }),
  description: text({ optional: true, check: said(), description: 'For people.' }),
  managed_identity_id: number({
    optional: true,
    replaces: true,
    check: positive,
    description: 'Number of the managed identity that it stands on. Either this or `credentials_id`.',
  }),
  credentials_id: text({
    optional: true,
    check: said(),
    description:
      'Id of credentials that the workspace shares; `host_name` and `user_name` are then needed. Changed in place.',
  }),
  ...replaced({
    host_name: text({
      optional: true,
      check: addressRules.hostName,
      description: 'Host to log in to. A managed identity has its own.',
    }),
    port: number({ optional: true, check: addressRules.port, description: 'SSH port. Default: 22.' }),
    ...gridAttributes,
  }),
  host_keys: texts({
    optional: true,
    check: hostKeyRule,
    description:
      'Host keys of `host_name` as the centre publishes them; pinned at once. Those of a managed identity stand there.',
  }),
  compute_env_id: text({ description: 'Id of the environment.' }),
  status: text({
    follows: ['credentials_id', 'host_keys'],
    description: '`AVAILABLE`, or what else it is: `ERRORED`, `INVALID`, `DISABLED`.',
  }),
  message: text({ follows: ['credentials_id', 'host_keys'], description: 'Why it is not available.' }),
};

type State = Values<typeof attributes>;
type Found = Awaited<ReturnType<typeof describe>>;

const query = ({ workspace_id }: Pick<State, 'workspace_id'>) => ({
  ...(workspace_id !== null && { workspaceId: workspace_id }),
});
const place = (state: Pick<State, 'compute_env_id' | 'workspace_id'>) => ({
  params: { computeEnvId: state.compute_env_id ?? '' },
  query: query(state),
});

const describe = async (context: Context, state: Pick<State, 'compute_env_id' | 'workspace_id'>) =>
  (await context.call(describeComputeEnv, place(state))).computeEnv;

const pinnedKeys = async (context: Context, state: State, found: Found): Promise<string[] | null> => {
  if (found.managedIdentityId !== null) return null;
  // Confirmed by somebody, and not written here: theirs to decide.
  if (state.host_keys === null) return null;
  return sameHostKeys(state.host_keys, pinnedOf(await context.call(listComputeEnvHostKeys, place(state))));
};

const stateOf = async (context: Context, state: State, found: Found): Promise<State> => {
  const grid = readConfig(found.config, state);
  const onIdentity = found.managedIdentityId !== null;
  return {
    ...grid,
    name: found.name,
    workspace_id: found.workspaceId ?? null,
    platform: found.platform,
    description: found.description || null,
    managed_identity_id: onIdentity ? Number(found.managedIdentityId) : null,
    credentials_id: onIdentity ? null : (found.credentialsId ?? null),
    host_name: found.config.hostName || null,
    port: found.config.port ?? null,
    host_keys: await pinnedKeys(context, state, found),
    compute_env_id: found.id,
    status: found.status,
    message: found.message ?? null,
  };
};

const read = async (context: Context, state: State): Promise<State | null> => {
  const found = await orGone(describe(context, state));
  if (!found || found.deleted || found.status === 'DELETED') return null;
  return stateOf(context, state, found);
};

const checkEveryMs = 500;
const checkLimitMs = 5 * 60_000;

/** The check that follows a change, to its end. */
const checkedEnvironment = async (
  context: Context,
  state: Pick<State, 'compute_env_id' | 'workspace_id'>,
): Promise<Found> => {
  for (const end = Date.now() + checkLimitMs; ; ) {
    const found = await describe(context, state);
    if (found.status !== 'CREATING' || Date.now() > end) return found;
    await context.pause(checkEveryMs);
  }
};

const failed = ({ status }: Found): boolean => ['ERRORED', 'INVALID', 'CREATING'].includes(status);
const basisOf = ({ managed_identity_id }: State): Path => [
  managed_identity_id === null ? 'credentials_id' : 'managed_identity_id',
];
const whyNot = ({ status, message }: Found): string => message ?? `It is ${status} and says no more.`;

export const computeEnv = defineResource({
  noun: 'compute_env',
  section: 'Workspaces',
  version: 1,
  attributes,
  description: `A compute environment on a grid scheduler: where runs of a workspace go. On a managed identity each member runs under their own account; with shared credentials everybody runs under one.

It is checked after it was made. One that cannot be used is taken back, and the apply fails with the reason.`,
  example: `resource "PREFIX_compute_env" "cluster" {
  workspace_id        = 1
  name                = "cluster"
  platform            = "slurm-platform"
  managed_identity_id = PREFIX_managed_identity.cluster.managed_identity_id
  compute_queue       = "long"
}`,
  scope: [['workspace_id']],
  importKeys: [
    { name: 'compute_env_id', kind: 'text', required: true },
    { name: 'workspace_id', kind: 'number', required: false },
  ],
  importExample: '{"compute_env_id": "…", "workspace_id": 0}',
  check: (config) => {
    const [identity, credentials] = [
      isGiven(config['managed_identity_id']),
      isGiven(config['credentials_id']),
    ];
    const how = identity
      ? 'give either a managed identity or credentials, not both'
      : 'name a managed identity, or credentials of this workspace (credentials_id)';
    return [...checkGrid(config), ...(identity === credentials ? [clash(['managed_identity_id'], how)] : [])];
  },
  imported: ({ compute_env_id, workspace_id }) => ({
    compute_env_id: compute_env_id as string,
    workspace_id: (workspace_id ?? null) as number | null,
  }),
  read,
  create: async (context, { planned }) => {
    const { computeEnvId } = await context.call(createComputeEnv, {
      query: query(planned),
      body: {
        computeEnv: {
          name: planned.name ?? '',
          platform: planned.platform as Platform,
          ...given({
            description: planned.description,
            managedIdentityId: planned.managed_identity_id,
            credentialsId: planned.credentials_id,
          }),
          config: {
            ...sentConfig(planned),
            ...given({ hostName: planned.host_name, port: planned.port, hostKeys: planned.host_keys }),
          },
        },
      },
    });
    const made = { ...planned, compute_env_id: computeEnvId };
    try {
      const found = await checkedEnvironment(context, made);
      if (!failed(found)) return await stateOf(context, made, found);
      await context.call(deleteComputeEnv, place(made));
      throw new AtPlace(basisOf(planned), `${whyNot(found)} The environment was taken back.`);
    } catch (error) {
      if (error instanceof AtPlace) throw error;
      // It is there and is not known to be usable: remembered, so that the next apply replaces it.
      const detail = `The environment ${computeEnvId} was made, but its check was not waited for: ${error instanceof Error ? error.message : String(error)}`;
      context.say({ severity: 'ERROR', summary: 'The environment is not known to be usable', detail });
      return { ...made, status: 'CREATING', message: null };
    }
  },
  update: async (context, { planned, prior }) => {
    const changed = (['name', 'description', 'credentials_id'] as const).some(
      (key) => planned[key] !== prior[key],
    );
    if (changed)
      await context.call(updateComputeEnv, {
        ...place(prior),
        body: {
          name: planned.name ?? '',
          description: planned.description ?? '',
          ...(planned.credentials_id !== prior.credentials_id &&
            planned.credentials_id !== null && { credentialsId: planned.credentials_id }),
        },
      });
    const keys = planned.host_keys;
    if (keys && keys.join() !== prior.host_keys?.join())
      await context.call(decideComputeEnvHostKeys, { ...place(prior), body: { hostKeys: keys } });
    const found = await checkedEnvironment(context, prior);
    if (failed(found))
      context.say({
        severity: 'ERROR',
        summary: 'The environment cannot be used',
        detail: whyNot(found),
        path: basisOf(planned),
      });
    return stateOf(context, { ...planned, compute_env_id: prior.compute_env_id }, found);
  },
  remove: async (context, state) => {
    await orGone(context.call(deleteComputeEnv, place(state)));
  },
});
