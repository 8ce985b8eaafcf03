/** The configuration of a grid scheduler, as managed identities and environments have it, and the way to and fro. */
import type { z } from 'zod';
import { configInput, type configOutput, jumpHost, variableName } from '#contract/grid-config.ts';
import { reportings } from '#core/grid-config.ts';
import type { Diagnostic, Path } from '../diagnostics.ts';
import { choice, flag, number, objects, text, texts, type Values } from '../schema/attribute.ts';
import { asContract, positive, said } from '../schema/rules.ts';
import { isMap, type ValueMap } from '../values/value.ts';

const rules = configInput.shape;
const rule = (name: keyof typeof rules) => said(asContract(rules[name]));

const script = (what: string) =>
  ({ optional: true, check: said(), description: `${what}, as Bash text.` }) as const;

const environmentAttributes = {
  name: text({ required: true, check: asContract(variableName), description: 'Name of the variable.' }),
  value: text({ required: true, description: 'Its value: no place for secrets, members can read it.' }),
  head: flag({
    optional: true,
    computed: true,
    default: ({ compute }: ValueMap) => (compute ?? null) === null,
    description: 'The head job gets it. Default: true unless `compute` is given.',
  }),
  compute: flag({
    optional: true,
    computed: true,
    default: false,
    description: 'The jobs of the pipeline get it. Default: false.',
  }),
};

/** As `ssh-keyscan` prints them; what stands before and behind the key is for people. */
export const hostKeyRule = asContract(configInput.shape.hostKeys.unwrap().element);

const jumpRules = jumpHost.shape;
const jumpHostAttributes = {
  host_name: text({ required: true, check: asContract(jumpRules.hostName), description: 'Its address.' }),
  port: number({ optional: true, check: asContract(jumpRules.port), description: 'SSH port. Default: 22.' }),
  user_name: text({
    optional: true,
    check: said(asContract(jumpRules.userName)),
    description: "Linux user there. Default: the cluster's.",
  }),
  host_keys: texts({
    required: true,
    check: hostKeyRule,
    description: 'Host keys that it must show. No key is offered to another one.',
  }),
  managed_identity_id: number({
    optional: true,
    check: positive,
    description: "It takes each member's key of this other managed identity instead of the cluster's.",
  }),
  credentials_id: text({
    optional: true,
    check: said(),
    description: "It takes this key of the workspace instead of the cluster's.",
  }),
};

/** All of it but the address. */
export const gridAttributes = {
  work_dir: text({
    optional: true,
    check: rule('workDir'),
    description: 'Work directory on the cluster; `$HOME`, `$USER` and the like are filled in there.',
  }),
  launch_dir: text({
    optional: true,
    check: rule('launchDir'),
    description: 'Where head jobs run. Default: the work directory.',
  }),
  pre_run_script: text(script('Runs before Nextflow')),
  post_run_script: text(script('Runs after Nextflow')),
  nextflow_config: text({ optional: true, check: said(), description: 'Nextflow configuration.' }),
  user_name: text({
    optional: true,
    check: rule('userName'),
    description: 'Linux user, where no credential names one.',
  }),
  head_queue: text({ optional: true, check: rule('headQueue'), description: 'Queue of head jobs.' }),
  compute_queue: text({
    optional: true,
    check: rule('computeQueue'),
    description: "Queue of the pipelines' jobs.",
  }),
  max_queue_size: number({
    optional: true,
    check: asContract(rules.maxQueueSize),
    description: 'Jobs that one run may have in the queue. Default: 100.',
  }),
  head_job_options: text({
    optional: true,
    check: rule('headJobOptions'),
    description: 'Options added to the submission of head jobs.',
  }),
  propagate_head_job_options: flag({
    optional: true,
    description: "Those options count for the pipelines' jobs too.",
  }),
  environment: objects({
    optional: true,
    description: 'Variables that are set for jobs.',
    attributes: environmentAttributes,
  }),
  jump_hosts: objects({
    optional: true,
    description: 'Machines on the way to the host, outermost first; at most three.',
    attributes: jumpHostAttributes,
  }),
  reporting: choice(reportings, {
    optional: true,
    description:
      "How the progress of runs is learnt: from Nextflow's files over SSH (the default), by reports of its plugin over HTTP, or both.",
  }),
  unit_for_limits: choice(['KB', 'MB', 'GB', 'TB'], {
    optional: true,
    description: 'LSF alone: unit of memory limits.',
  }),
  per_job_mem_limit: flag({ optional: true, description: 'LSF alone: memory limits are per job.' }),
  per_task_reserve: flag({ optional: true, description: 'LSF alone: memory is reserved per task.' }),
};

/** Host and port; a managed identity must name its host, an environment may leave that to its identity. */
export const addressRules = { hostName: rule('hostName'), port: asContract(rules.port) };

type Grid = Values<typeof gridAttributes>;
type Output = z.output<typeof configOutput>;

const orUndefined = <Value>(value: Value | null): Value | undefined => value ?? undefined;

/** Without what is undefined: the contract wants a field absent, not empty. */
export const given = <Fields extends object>(
  fields: Fields,
): { [Name in keyof Fields]?: Exclude<Fields[Name], undefined | null> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== null)) as {
    [Name in keyof Fields]?: Exclude<Fields[Name], undefined | null>;
  };

/** Configuration as it is sent. */
export const sentConfig = (grid: Grid) =>
  given({
    workDir: grid.work_dir,
    launchDir: grid.launch_dir,
    preRunScript: grid.pre_run_script,
    postRunScript: grid.post_run_script,
    nextflowConfig: grid.nextflow_config,
    userName: grid.user_name,
    headQueue: grid.head_queue,
    computeQueue: grid.compute_queue,
    maxQueueSize: grid.max_queue_size,
    headJobOptions: grid.head_job_options,
    propagateHeadJobOptions: grid.propagate_head_job_options,
    environment: grid.environment?.map(({ name, value, head, compute }) => ({
      name: name ?? '',
      value: value ?? '',
      head: head ?? true,
      compute: compute ?? false,
    })),
    jumpHosts: grid.jump_hosts?.map((jump) => ({
      hostName: jump.host_name ?? '',
      hostKeys: jump.host_keys ?? [],
      ...given({
        port: jump.port,
        userName: jump.user_name,
        managedIdentityId: jump.managed_identity_id,
        credentialsId: jump.credentials_id,
      }),
    })),
    reporting: orUndefined(grid.reporting) as Output['reporting'],
    unitForLimits: orUndefined(grid.unit_for_limits) as Output['unitForLimits'],
    perJobMemLimit: grid.per_job_mem_limit,
    perTaskReserve: grid.per_task_reserve,
  });

/** An empty text is what the server keeps of something that was taken away. */
const orNull = (value: string | undefined): string | null => value || null;

type JumpHosts = Grid['jump_hosts'];

const readJumpHosts = (found: Output['jumpHosts'], kept: JumpHosts): JumpHosts =>
  found?.map((jump, index) => ({
    host_name: jump.hostName,
    port: jump.port ?? null,
    user_name: orNull(jump.userName),
    host_keys: sameHostKeys(kept?.[index]?.host_keys ?? null, jump.hostKeys),
    managed_identity_id: jump.managedIdentityId ?? null,
    credentials_id: jump.credentialsId ?? null,
  })) ?? null;

/** Configuration as it is answered; `kept` is how the state writes what has several ways of writing. */
export const readConfig = (config: Output, kept: Pick<Grid, 'jump_hosts'>): Grid => ({
  work_dir: orNull(config.workDir),
  launch_dir: orNull(config.launchDir),
  pre_run_script: orNull(config.preRunScript),
  post_run_script: orNull(config.postRunScript),
  nextflow_config: orNull(config.nextflowConfig),
  user_name: orNull(config.userName),
  head_queue: orNull(config.headQueue),
  compute_queue: orNull(config.computeQueue),
  max_queue_size: config.maxQueueSize ?? null,
  head_job_options: orNull(config.headJobOptions),
  propagate_head_job_options: config.propagateHeadJobOptions ?? null,
  environment: config.environment ?? null,
  jump_hosts: readJumpHosts(config.jumpHosts, kept.jump_hosts),
  reporting: config.reporting ?? null,
  unit_for_limits: config.unitForLimits ?? null,
  per_job_mem_limit: config.perJobMemLimit ?? null,
  per_task_reserve: config.perTaskReserve ?? null,
});

const wrong = (path: Path, summary: string, detail: string): Diagnostic => ({
  severity: 'ERROR',
  summary,
  detail,
  path,
});

const lsfOnly = ['unit_for_limits', 'per_job_mem_limit', 'per_task_reserve'] as const;

const lsfOnlyProblems = (config: ValueMap): Diagnostic[] =>
  typeof config['platform'] !== 'string' || config['platform'] === 'lsf-platform'
    ? []
    : lsfOnly
        .filter((name) => (config[name] ?? null) !== null)
        .map((name) => wrong([name], 'Invalid combination', `${name}: only lsf-platform knows this`));

const jumpHostProblems = (config: ValueMap): Diagnostic[] => {
  const jumps = Array.isArray(config['jump_hosts']) ? config['jump_hosts'] : [];
  return jumps.filter(isMap).flatMap((jump, index) => {
    const [key, identity, credentials] = [
      jump['host_keys'],
      jump['managed_identity_id'] ?? null,
      jump['credentials_id'] ?? null,
    ];
    const place = (name: string): Path => ['jump_hosts', index, name];
    return [
      ...(Array.isArray(key) && key.length === 0
        ? [wrong(place('host_keys'), 'Invalid value', 'host_keys: give the keys that this host must show')]
        : []),
      ...(identity !== null && credentials !== null
        ? [
            wrong(
              place('credentials_id'),
              'Invalid combination',
              'credentials_id: one key is offered to a jump host, so this and managed_identity_id exclude each other',
            ),
          ]
        : []),
    ];
  });
};

/** What only LSF knows is dropped by the server elsewhere: better said than lost. */
export const checkGrid = (config: ValueMap): Diagnostic[] => [
  ...lsfOnlyProblems(config),
  ...jumpHostProblems(config),
];

/** As the server keeps it: an authority stays one. */
const bare = (hostKey: string): string => {
  const [, marker, key] =
    /^\s*(?:(@cert-authority|@revoked)\s)?(?:.*\s)?((?:ssh|ecdsa|sk-)[\w@.-]+ [A-Za-z0-9+/]+={0,2})/.exec(
      hostKey,
    ) ?? [];
  return key === undefined ? hostKey : `${marker === undefined ? '' : `${marker} `}${key}`;
};

/** As they are written, where they are the pinned ones; the pinned ones where they are not. */
export const sameHostKeys = (
  written: readonly string[] | null,
  pinned: readonly string[],
): string[] | null => {
  if (!written) return pinned.length > 0 ? [...pinned] : null;
  const [ours, theirs] = [new Set(written.map(bare)), new Set(pinned)];
  const alike = ours.size === theirs.size && [...ours].every((key) => theirs.has(key));
  return alike ? [...written] : [...pinned];
};
