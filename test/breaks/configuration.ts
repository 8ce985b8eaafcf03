/** Fields of a configuration and of a launch take effect. */
import type { Break } from './break.ts';

const head = 'src/schedulers/head';
const options = { file: 'src/schedulers/slurm/options.ts', test: 'src/schedulers/slurm/options.test.ts' };
const config = { file: `${head}/nextflow-config.ts`, test: `${head}/nextflow-config.test.ts` };

export const breaks: readonly Break[] = [
  ...(
    [
      [
        'headQueue is the partition of the head job',
        '  ...(snapshot.config.headQueue ? [`--partition=${snapshot.config.headQueue}`] : []),\n',
      ],
      [
        'headJobCpus takes effect',
        '  ...(launch.headJobCpus ? [`--cpus-per-task=${launch.headJobCpus}`] : []),\n',
      ],
      [
        'headJobMemoryMb takes effect',
        '  ...(launch.headJobMemoryMb ? [`--mem=${launch.headJobMemoryMb}M`] : []),\n',
      ],
      ['headJobOptions take effect', "  ...slurmOptions(snapshot.config.headJobOptions ?? ''),\n"],
      [
        "a member's own options take effect",
        "  ...slurmOptions(memberHeadJobOptions ?? '', 'metadata.headJobOptions'),\n",
      ],
      ['Nextflow hears of the wall-clock limit before it comes', '  `--signal=B:USR2@${warningSeconds}`,\n'],
    ] as const
  ).map(([keeps, from]) => ({ ...options, keeps, from, to: '', named: 'head job: the member' })),
  {
    ...options,
    keeps: "a member's own account is charged, not the environment's",
    from: '  ...(account ? [`--account=${account}`] : []),\n',
    to: '',
    named: 'head job: the member',
  },
  {
    ...options,
    keeps: 'propagateHeadJobOptions hands options on to tasks only when it is set',
    from: "snapshot.config.propagateHeadJobOptions ? slurmOptions(snapshot.config.headJobOptions ?? '') : []",
    to: "snapshot.config.headJobOptions ? slurmOptions(snapshot.config.headJobOptions ?? '') : []",
    named: 'tasks:',
  },
  {
    ...options,
    keeps: 'options that would break the launch are refused, shortened ones too',
    from: '[...refusedLong].some((each) => each.startsWith(name))',
    to: 'refusedLong.has(name)',
    named: 'arr=1-9',
  },
  {
    ...options,
    keeps: 'a word that is no option never becomes the script of a job',
    from: 'throw refuse(`"${word}" is not an option (write --name=value)`);',
    to: 'continue;',
    named: 'other.sh',
  },
  {
    ...config,
    keeps: 'computeQueue is the queue of tasks',
    from: "  if (config.computeQueue) lines['process.queue'] = groovyQuote(config.computeQueue);\n",
    to: '',
    named: 'every setting',
  },
  {
    ...config,
    keeps: 'maxQueueSize takes effect',
    from: 'String(config.maxQueueSize ?? defaultMaxQueueSize)',
    to: 'String(defaultMaxQueueSize)',
    named: 'every setting',
  },
  {
    ...config,
    keeps: 'options that are handed on reach tasks',
    from: "  if (taskOptions !== '') lines['process.clusterOptions'] = groovyQuote(taskOptions);\n",
    to: '',
    named: 'every setting',
  },
  {
    ...config,
    keeps: 'variables for tasks reach tasks, and those for the head job do not',
    from: '.filter((each) => each.compute))',
    to: '.filter((each) => each.head))',
    named: 'every setting',
  },
  {
    ...config,
    keeps: "tasks are known by their job's name when their head job has gone",
    from: '`${jobName(runId)}-\\${task.index}-\\${task.hash}`',
    to: '`nf-\\${task.index}-\\${task.hash}`',
    named: 'every setting',
  },
  {
    keeps: 'variables for the head job reach Nextflow',
    file: `${head}/head-script.ts`,
    from: '    .filter((each) => each.head)\n',
    to: '    .filter((each) => each.head && each.compute)\n',
    test: `${head}/head-script.test.ts`,
    named: 'variables, secrets',
  },
  {
    keeps: 'a run knows which workspace it belongs to',
    file: `${head}/head-script.ts`,
    from: "  if (input.workspaceId !== null) environment.push(['TOWER_WORKSPACE_ID', String(input.workspaceId)]);\n",
    to: '',
    test: `${head}/head-script.test.ts`,
    named: 'starts Nextflow with what',
  },
  {
    keeps: 'no field of a launch is read as an option of Nextflow',
    file: `${head}/head-script.ts`,
    from: '(/^[-@]/.test(value) || ',
    to: '(',
    test: 'src/schedulers/submission/submission.test.ts',
    named: 'is refused before anything is sent',
  },
];
