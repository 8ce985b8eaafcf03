/** Moab over Torque, with the XML that its documentation and its users show: `msub`, `showq`, `mjobctl`. */
import type { Call, Dialect, Engine, Job, Reply } from './engine.ts';
import { directives, parseOptions, seconds, set } from './options.ts';

const values = set('-a -A -c -C -d -e -F -j -k -K -L -l -m -M -n -N -o -p -q -r -S -t -u -v -W');
const flags = set('-E -h -I -V -x -z --xml');
const classes = ['head', 'compute'];

const refuse = (words: string): Reply => ({ stderr: `ERROR:  ${words}\n`, exit: 1 });
const epoch = (date: Date | undefined): number => Math.floor((date?.getTime() ?? 0) / 1000);
const quoted = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const submit = (call: Call, engine: Engine): Reply => {
  const own = parseOptions(call.args, values, flags, true);
  if (own.unknown) return refuse(`invalid argument '${own.unknown}'`);
  const typed = parseOptions(directives(call.stdin, '#MSUB'), values, flags, true);
  const option = (name: string) => own.options.get(name)?.at(-1) ?? typed.options.get(name)?.at(-1);
  const queue = option('-q') ?? 'head';
  if (!classes.includes(queue)) return refuse(`cannot submit job - cannot locate specified class '${queue}'`);
  if (option('-A') === 'nobodys') return refuse("cannot submit job - invalid account requested - 'nobodys'");
  const resources = [...(typed.options.get('-l') ?? []), ...(own.options.get('-l') ?? [])].flatMap((each) =>
    each.split(','),
  );
  const limit = resources.find((each) => each.startsWith('walltime='))?.slice(9);
  if (limit !== undefined && !/^\d+(:\d+){0,3}$/.test(limit))
    return refuse(`cannot submit job - invalid walltime '${limit}'`);
  const output = option('-o');
  const job = engine.submit({
    name: option('-N') ?? 'STDIN',
    user: call.user,
    queue,
    script: call.stdin,
    cwd: call.env['HOME'] ?? '/',
    login: true,
    env: {
      HOME: call.env['HOME'] ?? '/',
      USER: call.user,
      LOGNAME: call.user,
      SHELL: '/bin/bash',
      PATH: '/usr/bin:/bin',
    },
    output: output === undefined || output.startsWith('/') ? output : `${call.cwd}/${output}`,
    held: own.options.has('-h') || typed.options.has('-h'),
    limitSeconds: limit === undefined ? undefined : seconds(limit),
    account: option('-A'),
  });
  const asXml = own.options.has('--xml') || typed.options.has('--xml');
  return { stdout: asXml ? `<Data><job JobID="${job.id}"/></Data>\n` : `\n${job.id}\n` };
};

const completion = (job: Job): string => {
  if (job.endedBy === 'before-start') return 'CNCLD';
  if (job.endedBy === 'owner') return 'CNCLD(271)';
  return job.endedBy === 'limit' ? '271' : String(job.exitCode ?? 256 + (job.signal ?? 0));
};

const state = (job: Job): string => {
  if (job.state !== 'ended') return { queued: 'Idle', held: 'UserHold', running: 'Running' }[job.state];
  return job.endedBy === 'owner' || job.endedBy === 'before-start' ? 'Removed' : 'Completed';
};

const element = (job: Job): string => {
  const used = job.started ? epoch(job.ended ?? new Date()) - epoch(job.started) : 0;
  const row: Record<string, string | number> = {
    ...(used > 0 && { AWDuration: used }),
    ...(job.account && { Account: job.account }),
    ...(job.state === 'held' && { BlockReason: 'UserHold' }),
    Class: job.queue,
    ...(job.state === 'ended' && { CompletionCode: completion(job), CompletionTime: epoch(job.ended) }),
    DRMJID: `${job.id}.torque`,
    EEDuration: 1,
    GJID: job.id,
    Group: job.user,
    JobID: job.id,
    JobName: job.name,
    ReqAWDuration: job.limitSeconds ?? 3600,
    ReqProcs: 1,
    StartTime: epoch(job.started),
    State: state(job),
    SubmissionTime: epoch(job.submitted),
    SuspendDuration: 0,
    User: job.user,
  };
  return `  <job ${Object.entries(row)
    .map(([name, value]) => `${name}="${quoted(String(value))}"`)
    .join(' ')}/>\n`;
};

const queue = (option: string, jobs: readonly Job[], more = ''): string =>
  jobs.length === 0
    ? ` <queue count="0" option="${option}"${more}/>\n`
    : ` <queue count="${jobs.length}" option="${option}"${more}>\n${jobs.map(element).join('')} </queue>\n`;

const show = (call: Call, engine: Engine): Reply => {
  if (call.args.includes('--version')) return { stdout: 'moab client 9.1.3 (revision 2018)\n' };
  const user = /user=(\S+)/.exec(call.args.join(' '))?.[1];
  const jobs = engine.jobs.filter((job) => user === undefined || job.user === user);
  const of = (...states: Job['state'][]) => jobs.filter((job) => states.includes(job.state));
  const queues = call.args.includes('-c')
    ? queue('completed', of('ended'), ' purgetime="86400"')
    : `${queue('active', of('running'))}${queue('eligible', of('queued'))}${queue('blocked', of('held'))}`;
  return {
    stdout: `<Data>\n <Object>queue</Object>\n <cluster LocalActiveNodes="1" time="${epoch(new Date())}"/>\n${queues}</Data>`,
  };
};

const control = (call: Call, engine: Engine): Reply => {
  const [option, ...words] = call.args;
  const id = words.at(-1) ?? '';
  const job = engine.jobs.find((known) => String(known.id) === id && known.state !== 'ended');
  if (!job) return refuse(`invalid job specified (${id})`);
  if (job.user !== call.user) return refuse(`cannot cancel job '${id}' (not authorized)`);
  engine.signal(
    job,
    option === '-N' ? (`SIG${words[0]?.replace(/^signal=/, '')}` as NodeJS.Signals) : 'SIGKILL',
    'owner',
  );
  return { stdout: `\njob '${id}' ${option === '-N' ? 'notified' : 'cancelled'}\n\n` };
};

export const moabDialect: Dialect = {
  programs: ['msub', 'showq', 'mjobctl'],
  graceSeconds: 2,
  limitSignal: 'SIGTERM',
  jobEnvironment: (job) => ({ PBS_JOBID: `${job.id}.torque`, PBS_JOBNAME: job.name, PBS_QUEUE: job.queue }),
  whileAway: () => refuse('client timed out after 30 seconds (hostname:port=mg1:42559)'),
  answer: (call, engine) => {
    if (call.program === 'msub') return submit(call, engine);
    return call.program === 'showq' ? show(call, engine) : control(call, engine);
  },
};
