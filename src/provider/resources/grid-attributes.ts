/** The configuration of a grid scheduler, as managed identities and environments have it. */
import { configInput, jumpHost, variableName } from '#contract/grid-config.ts';
import { reportings } from '#core/grid-config.ts';
import { clash, type Diagnostic, type Path } from '../diagnostics.ts';
import { choice, flag, number, objects, text, texts } from '../schema/attribute.ts';
import { asContract, positive, said } from '../schema/rules.ts';
import { isGiven, isMap, type ValueMap } from '../values/value.ts';

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

const lsfOnly = ['unit_for_limits', 'per_job_mem_limit', 'per_task_reserve'] as const;

const lsfOnlyProblems = (config: ValueMap): Diagnostic[] =>
  typeof config['platform'] !== 'string' || config['platform'] === 'lsf-platform'
    ? []
    : lsfOnly
        .filter((name) => isGiven(config[name]))
        .map((name) => clash([name], 'only lsf-platform knows this'));

const jumpHostProblems = (config: ValueMap): Diagnostic[] => {
  const jumps = Array.isArray(config['jump_hosts']) ? config['jump_hosts'] : [];
  return jumps.filter(isMap).flatMap((jump, index) => {
    const place = (name: string): Path => ['jump_hosts', index, name];
    const keys = jump['host_keys'];
    return [
      ...(Array.isArray(keys) && keys.length === 0
        ? [clash(place('host_keys'), 'give the keys that this host must show')]
        : []),
      ...(isGiven(jump['managed_identity_id']) && isGiven(jump['credentials_id'])
        ? [
            clash(
              place('credentials_id'),
              'one key is offered to a jump host, so this and managed_identity_id exclude each other',
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
