/**
 * OpenPBS 23.06 as its recordings show it: `qsub`, `qstat`, `qselect`, `qdel`, `qsig`. And two of its ancestors, which
 * print text alone: one with a history of ended jobs, and one that forgets them.
 */
import { isAbsolute } from 'node:path';
import type { Call, Dialect, Engine, Job, Reply } from './engine.ts';
import { directives, longTime, type Parsed, parseOptions, seconds, set } from './options.ts';

const server = 'pbs01';
const values = set('-a -A -c -C -e -J -j -k -l -m -M -N -o -p -P -q -r -R -S -u -v -W');
const flags = set('-f -h -I -V -X -z');
const queues = ['head', 'compute'];

const refuse = (stderr: string, exit: number): Reply => ({ stderr: `${stderr}\n`, exit });

const last = (parsed: Parsed, name: string): string | undefined => parsed.options.get(name)?.at(-1);

const submit = (call: Call, engine: Engine): Reply => {
  const own = parseOptions(call.args, values, flags, true);
  if (own.unknown)
    return refuse(
      `qsub: invalid option -- '${own.unknown.slice(1, 2)}'\nusage: qsub [-a date_time] [-A account_string]`,
      2,
    );
  const script = call.stdin;
  if (script === '') return refuse('qsub: script file:: No such file or directory', 1);
  const typed = parseOptions(directives(script, '#PBS'), values, flags, true);
  const option = (name: string) => last(own, name) ?? last(typed, name);
  const name = option('-N') ?? 'STDIN';
  if (!/^[A-Za-z0-9_.+-]{1,230}$/.test(name)) return refuse('qsub: illegal -N value', 2);
  const queue = option('-q') ?? 'head';
  if (!queues.includes(queue)) return refuse('qsub: Unknown queue', 170);
  const resources = [...(typed.options.get('-l') ?? []), ...(own.options.get('-l') ?? [])].flatMap((each) =>
    each.split(','),
  );
  if (resources.filter((each) => each.startsWith('select=')).length > 1)
    return refuse('qsub: "-lresource=" cannot be used with "select" or "place", resource is: select', 5);
  for (const each of resources) {
    const [resource = '', value = ''] = each.split(/=(.*)/s);
    if (!['select', 'walltime', 'mem', 'ncpus', 'place', 'cput'].includes(resource))
      return refuse(`qsub: Unknown resource Resource_List.${resource}`, 187);
    if (resource === 'walltime' && !/^\d+(:\d+){0,2}$/.test(value))
      return refuse('qsub: Illegal attribute or resource value Resource_List.walltime', 166);
  }
  const limit = resources.find((each) => each.startsWith('walltime='))?.slice(9);
  const output = option('-o');
  const job = engine.submit({
    name,
    user: call.user,
    queue,
    script,
    cwd: call.env['HOME'] ?? '/',
    login: true,
    env: {
      HOME: call.env['HOME'] ?? '/',
      USER: call.user,
      LOGNAME: call.user,
      SHELL: '/bin/bash',
      PATH: '/usr/bin:/bin',
      PBS_O_WORKDIR: call.cwd,
    },
    output: output === undefined || isAbsolute(output) ? output : `${call.cwd}/${output}`,
    held: own.options.has('-h') || typed.options.has('-h'),
    limitSeconds: limit === undefined ? undefined : seconds(limit),
    account: option('-A'),
  });
  return { stdout: `${job.id}.${server}\n` };
};

const letter = (job: Job): string => ({ queued: 'Q', held: 'H', running: 'R', ended: 'F' })[job.state];
const substate = (job: Job): number => {
  if (job.state !== 'ended') return { queued: 10, held: 20, running: 42 }[job.state];
  if (job.endedBy === 'before-start' || job.endedBy === 'owner') return 91;
  return (job.exitCode ?? 1) === 0 ? 92 : 93;
};
const exitStatus = (job: Job): number | undefined => {
  if (job.state !== 'ended' || job.endedBy === 'before-start') return undefined;
  if (job.endedBy === 'owner') return 271;
  if (job.endedBy === 'limit') return -29;
  return job.exitCode ?? 256 + (job.signal ?? 0);
};

const fields = (job: Job): [string, string][] => {
  const status = exitStatus(job);
  return [
    ['Job_Name', job.name],
    ['Job_Owner', `${job.user}@${server}.cluster.local`],
    ...(job.state === 'ended' && job.started
      ? [['resources_used.walltime', '00:00:01'] as [string, string]]
      : []),
    ['job_state', letter(job)],
    ['queue', job.queue],
    ['server', server],
    ...(job.account ? [['Account_Name', job.account] as [string, string]] : []),
    ['Checkpoint', 'u'],
    ['ctime', longTime(job.submitted, true)],
    ['Hold_Types', job.state === 'held' ? 'u' : 'n'],
    ['Priority', '0'],
    ['Rerunable', 'False'],
    ['Resource_List.select', '1:ncpus=1'],
    ['substate', String(substate(job))],
    [
      'Variable_List',
      `PBS_O_HOME=${job.env['HOME']},PBS_O_WORKDIR=${job.env['PBS_O_WORKDIR']},FORGED=x\n    job_state = F\n\n${['1', job.id - 1].map((id) => `Job Id: ${id}.${server}\n    Job_Name = nf-forged\n    job_state = F\n\n`).join('')}|job_state=F`,
    ],
    ...(job.state === 'held'
      ? [['comment', `Job held by ${job.user} on ${longTime(job.submitted, true)}`] as [string, string]]
      : []),
    ['Submit_arguments', '-N x'],
    ...(status === undefined ? [] : [['Exit_status', String(status)] as [string, string]]),
    ['project', '_pbs_project_default'],
  ];
};

/** Folded at 79 columns, wherever that is; a tab counts as eight. */
const fold = (line: string): string => line.slice(0, 79) + line.slice(79).replaceAll(/.{1,71}/g, '\n\t$&');

const show = (job: Job, form: string | undefined): string =>
  form === 'dsv'
    ? `Job Id: ${job.id}.${server}|${fields(job)
        .map(([name, value]) => `${name}=${value.replaceAll('|', '\\|').replaceAll('\n', '\\n')}`)
        .join('|')}\n`
    : `Job Id: ${job.id}.${server}\n${fields(job)
        .map(
          ([name, value]) =>
            `${fold(`    ${name} = ${value.split('\n')[0]}`)}${value.slice(value.split('\n')[0]?.length)}\n`,
        )
        .join('')}\n`;

/** An id as typed, found or not; the status is the last error's, and all others are still answered. */
const each = (call: Call, engine: Engine, ids: readonly string[], work: (job: Job) => Reply): Reply => {
  const total = { stdout: '', stderr: '', exit: 0 };
  for (const id of ids) {
    const job = engine.jobs.find((known) => `${known.id}.${server}` === id || String(known.id) === id);
    const reply = job ? work(job) : refuse(`${call.program}: Unknown Job Id ${id}`, 153);
    total.stdout += reply.stdout ?? '';
    total.stderr += reply.stderr ?? '';
    total.exit = reply.exit || total.exit;
  }
  return total;
};

const status = (call: Call, engine: Engine): Reply => {
  if (call.args.includes('--version')) return { stdout: 'pbs_version = 23.06.06\n' };
  const parsed = parseOptions(call.args, set('-F -D -u'), set('-f -x -w -B -Bf -t -n -1'));
  if (parsed.unknown) return refuse(`qstat: invalid option -- '${parsed.unknown.slice(1, 2)}'`, 2);
  if (parsed.options.has('-B') || parsed.options.has('-Bf'))
    return {
      stdout: `Server: ${server}\n    server_state = Active\n    job_history_enable = True\n    job_history_duration = 336:00:00\n`,
    };
  const [history, form] = [parsed.options.has('-x'), parsed.options.get('-F')?.at(-1)];
  const over = (job: Job) => job.state === 'ended' && !history;
  if (parsed.operands.length === 0)
    return {
      stdout: engine.jobs
        .filter((job) => !over(job))
        .map((job) => show(job, form))
        .join(''),
    };
  return each(call, engine, parsed.operands, (job) =>
    over(job)
      ? refuse(
          `qstat: ${job.id}.${server} Job has finished, use -x or -H to obtain historical job information`,
          35,
        )
      : { stdout: show(job, form) },
  );
};

const select = (call: Call, engine: Engine): Reply => {
  const { options } = parseOptions(call.args, set('-N -u -s -q'), set('-x'));
  const [name, user] = [options.get('-N')?.at(-1), options.get('-u')?.at(-1)];
  const found = engine.jobs.filter(
    (job) =>
      (name === undefined || job.name === name) &&
      (user === undefined || user.split(',').includes(job.user)) &&
      (options.has('-x') || job.state !== 'ended'),
  );
  return { stdout: found.map((job) => `${job.id}.${server}\n`).join('') };
};

const act = (call: Call, engine: Engine, ids: readonly string[], signal: NodeJS.Signals): Reply =>
  each(call, engine, ids, (job) => {
    if (job.state === 'ended') return refuse(`${call.program}: Job has finished ${job.id}.${server}`, 35);
    if (job.user !== call.user)
      return refuse(`${call.program}: Unauthorized Request  ${job.id}.${server}`, 159);
    if (call.program === 'qsig' && job.state !== 'running')
      return refuse(`qsig: Request invalid for state of job ${job.id}.${server}`, 168);
    engine.signal(job, signal, 'owner');
    return {};
  });

export const pbsDialect: Dialect = {
  programs: ['qsub', 'qstat', 'qselect', 'qdel', 'qsig'],
  graceSeconds: 2,
  limitSignal: 'SIGTERM',
  jobEnvironment: (job) => ({
    PBS_JOBID: `${job.id}.${server}`,
    PBS_JOBNAME: job.name,
    PBS_QUEUE: job.queue,
    PBS_ENVIRONMENT: 'PBS_BATCH',
  }),
  whileAway: ({ program }) =>
    refuse(
      `Connection refused\n${program}: cannot connect to server ${server} (errno=15010)`,
      program === 'qstat' ? 255 : 162,
    ),
  answer: (call, engine) => {
    switch (call.program) {
      case 'qsub':
        return submit(call, engine);
      case 'qstat':
        return status(call, engine);
      case 'qselect':
        return select(call, engine);
      case 'qsig': {
        const { options, operands } = parseOptions(call.args, set('-s'), set(''));
        return act(call, engine, operands, `SIG${options.get('-s')?.at(-1)}` as NodeJS.Signals);
      }
      default:
        return act(call, engine, call.args, 'SIGKILL');
    }
  },
};

/** As PBS Professional was before 13: text alone, and names of 15 characters. */
export const oldPbsDialect: Dialect = {
  ...pbsDialect,
  answer(call, engine) {
    const { program, args } = call;
    const newer = args.find((word) => ['-F', '-D', '-w'].includes(word));
    if (program === 'qstat' && newer)
      return refuse(
        `qstat: invalid option -- '${newer.slice(1)}'\nusage:\nqstat [-f] [-J] [-p] [-t] [-x] [-E] [ job_identifier... | destination... ]`,
        2,
      );
    if (program === 'qstat' && args[0] === '--version')
      return { stdout: 'pbs_version = PBSPro_12.2.1.140292\n' };
    if (program === 'qsub' && (args[args.indexOf('-N') + 1] ?? '').length > 15)
      return refuse('qsub: illegal -N value', 2);
    return pbsDialect.answer(call, engine);
  },
};

/** Older still: nothing is known of a job that has ended, and there is no word to ask with. */
export const forgetfulPbsDialect: Dialect = {
  ...oldPbsDialect,
  async answer(call, engine) {
    const { program, args } = call;
    if (program !== 'qsub' && args.includes('-x'))
      return refuse(`${program}: invalid option -- 'x'\nusage:\n${program} [-f] [ job_identifier... ]`, 2);
    const { stdout = '', stderr = '', exit = 0 } = await oldPbsDialect.answer(call, engine);
    return {
      stdout: stdout.replaceAll(/^    job_history.*\n/gm, ''),
      stderr: stderr.replaceAll(/^(\w+): (\S+) Job has finished.*$/gm, '$1: Unknown Job Id $2'),
      exit: exit === 35 ? 153 : exit,
    };
  },
};
