/** An LSF of volclava's kind as its recordings show it: `bsub`, `bjobs`, `bhist`, `bkill`, `lsid`. */
import type { Call, Dialect, Engine, Job, Reply } from './engine.ts';
import { directives, longTime, parseOptions, set, shortTime } from './options.ts';

const values = set(
  '-a -app -b -c -C -cwd -D -E -Ep -e -eo -F -f -G -g -i -is -J -Jd -L -M -m -n -o -oo -P -q -R -S -sla -sp -T -t -U -u -v -W -w',
);
const flags = set('-B -H -I -Ip -Is -K -N -r -rn -x');
const queues = ['head', 'compute'];

const refuse = (stderr: string, exit = 255): Reply => ({ stderr: `${stderr}\n`, exit });

const submit = (call: Call, engine: Engine): Reply => {
  const own = parseOptions(call.args, values, flags);
  const typed = parseOptions(directives(call.stdin, '#BSUB'), values, flags);
  if (own.unknown)
    return refuse(
      `bsub: illegal option -- ${own.unknown.slice(1, 2)}\nUsage: bsub [-h] [-V] [-x] [-H] [-r] [-N] [-B] [-I | -K | -Ip | -Is]`,
    );
  const option = (name: string) => own.options.get(name)?.at(-1) ?? typed.options.get(name)?.at(-1);
  const script = own.operands.length > 0 ? `#!/bin/bash\n${own.operands.join(' ')}\n` : call.stdin;
  if (script.trim() === '') return refuse('No command is specified. Job not submitted.');
  const name = option('-J') ?? script.split('\n')[0] ?? '';
  if (name.length > 254) return refuse(`${name}: Job name is too long. Job not submitted.`);
  const queue = option('-q') ?? 'head';
  if (!queues.includes(queue)) return refuse(`${queue}: No such queue. Job not submitted.`);
  if (option('-P') === 'nobodys') return refuse(`nobodys: No such project. Job not submitted.`);
  const limit = option('-W');
  if (limit !== undefined && !/^\d+(:\d+)?(\/.*)?$/.test(limit))
    return refuse(`Bad RUNLIMIT specification. Job not submitted.`);
  // Minutes; a limit of "0:2" would be two minutes, so the recordings' sense of time is kept and tests use a wish.
  const wish = option('-Jd');
  const output = option('-o');
  const job = engine.submit({
    name,
    user: call.user,
    queue,
    script,
    cwd: call.cwd,
    env: call.env,
    output: output === undefined || output.startsWith('/') ? output : `${call.cwd}/${output}`,
    held: own.options.has('-H') || typed.options.has('-H'),
    limitSeconds:
      limit === undefined
        ? undefined
        : wish?.startsWith('limit=')
          ? Number(wish.slice(6))
          : Number(limit) * 60,
    account: option('-P'),
  });
  return { stdout: `Job <${job.id}> is submitted to ${option('-q') ? '' : 'default '}queue <${queue}>.\n` };
};

const stat = (job: Job): string => {
  if (job.state !== 'ended') return { queued: 'PEND', held: 'PSUSP', running: 'RUN' }[job.state];
  // A top shell that dies by a signal LSF did not send counts as done.
  return job.exitCode === 0 || (job.exitCode === undefined && job.endedBy === undefined) ? 'DONE' : 'EXIT';
};

const exitCode = (job: Job): number | undefined => {
  if (job.endedBy === 'before-start') return undefined;
  if (job.endedBy === 'owner') return 130;
  return job.endedBy === 'limit' ? 140 : job.exitCode;
};

const ending = (job: Job): string => {
  if (job.state !== 'ended' || !job.ended) return '';
  const code = exitCode(job);
  const words =
    stat(job) === 'DONE'
      ? 'Done successfully. The CPU time used is 0.0 seconds.'
      : code === undefined
        ? 'Exited'
        : `Exited with exit code ${code}. The CPU time used is 0.0 seconds.`;
  return `${longTime(job.ended)}: ${words}\n`;
};

const limits = (job: Job): string =>
  job.limitSeconds === undefined ? '' : '\n RUNLIMIT                \n 1.0 min                 \n';

const full = (job: Job): string =>
  `\nJob <${job.id}>, Job Name <${job.name}>, User <${job.user}>, Project <${job.account ?? 'default'}>, Status <${stat(job)}>, Queue <${job.queue}>, Command <#!/bin/bash>\n` +
  `${longTime(job.submitted)}: Submitted from host <vm>, CWD <$HOME>, Output File </dev/null>;\n${ending(job)}${limits(job)}` +
  `\n SCHEDULING PARAMETERS:\n           r15s   r1m  r15m   ut      pg    io   ls    it    tmp    swp    mem\n`;

/** Folded at 80 columns, in the middle of words. */
const fold = (line: string): string => {
  const parts = [line.slice(0, 79)];
  for (let at = 79; at < line.length; at += 58) parts.push(`                     ${line.slice(at, at + 58)}`);
  return parts.join('\n');
};

const history = (job: Job): string =>
  [
    '',
    `Job <${job.id}>, Job Name <${job.name}>, User <${job.user}>, Project <${job.account ?? 'default'}>, Command <#!/bin/bash>`,
    fold(
      `${longTime(job.submitted)}: Submitted from host <vm>, to Queue <${job.queue}>, CWD <$HOME>, Output File </dev/null>;`,
    ),
    ...(job.limitSeconds === undefined ? [] : ['', ' RUNLIMIT                ', ' 1.0 min                 ']),
    ...(job.started ? [`${longTime(job.started)}: Dispatched to <vm>;`] : []),
    ...(job.signals.length > 0 && job.endedBy !== 'limit'
      ? [
          fold(
            `${longTime(job.submitted)}: Signal <${job.signals[0]?.slice(3)}> requested by user or administrator <${job.user}>;`,
          ),
        ]
      : []),
    ...(job.ended ? [fold(ending(job).trim().replace(/\.$/, ';'))] : []),
    '',
    'Summary of time in seconds spent in various states by  Sun Nov 22 18:38:03',
    '  PEND     PSUSP    RUN      USUSP    SSUSP    UNKWN    TOTAL',
    '  10       0        8        0        0        0        18          ',
    '',
  ].join('\n');

const wide = (job: Job): string =>
  `${String(job.id).padEnd(7)} ${job.user.padEnd(7)} ${stat(job).padEnd(5)} ${job.queue.padEnd(10)} ${'vm'.padEnd(11)} ${job.started ? 'vm'.padEnd(11) : '   -       '} ${job.name.padEnd(10)} ${shortTime(job.submitted)}\n`;

const record = (job: Job): string =>
  [
    ['JOBID', String(job.id)],
    ['USER', job.user],
    ['STAT', stat(job)],
    ['QUEUE', job.queue],
    ['JOB_NAME', job.name],
  ]
    .map(([name, value]) => `\t\t\t"${name}":\t${JSON.stringify(value)}`)
    .join(',\n');

const query = (call: Call, engine: Engine): Reply => {
  const { options, operands, unknown } = parseOptions(
    call.args,
    set('-o -u -J -q -P -m -n'),
    set('-w -l -UF -a -d -p -r -s -json'),
  );
  if (unknown)
    return refuse(
      `${call.program}: invalid option -- '${unknown.slice(1, 2)}'\nUsage: ${call.program} [-h] [-V] [-w |-l |-UF] [-a]`,
    );
  const user = options.get('-u')?.at(-1) ?? call.user;
  const name = options.get('-J')?.at(-1);
  const all = options.has('-a') || call.program === 'bhist';
  const missing = operands.filter((id) => !engine.jobs.some((job) => String(job.id) === id));
  const found = engine.jobs.filter((job) =>
    operands.length > 0
      ? operands.includes(String(job.id))
      : (user === 'all' || job.user === user) &&
        (name === undefined || job.name === name) &&
        (all || job.state !== 'ended'),
  );
  const stderr = missing.map((id) => `Job <${id}> is not found\n`).join('');
  if (options.has('-json')) {
    const rows = [
      ...found.map(record),
      ...missing.map((id) => `\t\t\t"JOBID":\t"${id}",\n\t\t\t"ERROR":\t"Job <${id}> is not found"`),
    ];
    const records = rows.map((row) => `{\n${row}\n\t\t}`).join(', ');
    return {
      stdout: `{\n\t"COMMAND":\t"bjobs",\n\t"JOBS":\t${rows.length},\n\t"RECORDS":\t[${records}]\n}\n`,
      exit: found.length > 0 || operands.length === 0 ? 0 : 255,
    };
  }
  if (found.length === 0)
    return {
      stderr:
        stderr ||
        (call.program === 'bhist' ? 'No matching job found\n' : `No ${all ? '' : 'unfinished '}job found\n`),
      exit: missing.length > 0 ? 255 : 254,
    };
  const exit = missing.length > 0 ? 255 : 0;
  if (call.program === 'bhist') {
    if (options.has('-l')) return { stdout: found.map(history).join('\n'), stderr, exit };
    return {
      stdout: `Summary of time in seconds spent in various states:\nJOBID   USER    JOB_NAME  PEND    PSUSP   RUN     USUSP   SSUSP   UNKWN   TOTAL\n${found.map((job) => `${String(job.id).padEnd(7)} ${job.user}   ${job.name}       6       0       0       0       0       0       6         \n`).join('')}\n`,
      stderr,
      exit,
    };
  }
  if (options.has('-l') || options.has('-UF')) return { stdout: found.map(full).join('\n'), stderr, exit };
  return {
    stdout: `JOBID   USER    STAT  QUEUE      FROM_HOST   EXEC_HOST   JOB_NAME   SUBMIT_TIME\n${found.map(wide).join('')}`,
    stderr,
    exit,
  };
};

const kill = (call: Call, engine: Engine): Reply => {
  const { options, operands } = parseOptions(call.args, set('-s -J -u -q -m'), set('-r -l'));
  const signal = `SIG${options.get('-s')?.at(-1) ?? 'KILL'}` as NodeJS.Signals;
  const total = { stdout: '', stderr: '', exit: 0 };
  const fail = (words: string) => {
    total.stderr += `${words}\n`;
    total.exit = 255;
  };
  for (const id of operands) {
    const job = engine.jobs.find((known) => String(known.id) === id);
    if (!job) fail(`Job <${id}>: No matching job found`);
    else if (job.state === 'ended') fail(`Job <${id}>: Job has already finished`);
    else if (job.user !== call.user) fail(`Job <${id}>: User permission denied`);
    else {
      engine.signal(job, signal, 'owner');
      total.stdout += options.has('-s')
        ? `Job <${id}> is being signaled\n`
        : `Job <${id}> is being terminated\n`;
    }
  }
  return total;
};

export const lsfDialect: Dialect = {
  programs: ['bsub', 'bjobs', 'bhist', 'bkill', 'lsid'],
  graceSeconds: 2,
  limitSignal: 'SIGUSR2',
  jobEnvironment: (job) => ({
    LSB_JOBID: String(job.id),
    LSB_JOBNAME: job.name,
    LSB_QUEUE: job.queue,
    LSB_JOBINDEX: '0',
  }),
  // With LSB_NTRIES=1; without, its commands would never come back.
  whileAway: ({ env }) =>
    env['LSB_NTRIES'] === '1'
      ? refuse(
          'Failed in an LSF library call: Slave LIM configuration is not ready yet. Daemon not responding',
        )
      : refuse('batch system daemon not responding ... still trying', 124),
  answer: (call, engine) => {
    switch (call.program) {
      case 'lsid':
        return {
          stdout: 'volclava project 2.2, Nov 22 2026\n\nMy cluster name is volclava\nMy master name is vm\n',
        };
      case 'bsub':
        return submit(call, engine);
      case 'bkill':
        return kill(call, engine);
      default:
        return query(call, engine);
    }
  },
};

/** As LSF was before 10.1: no JSON, no chosen fields, no unformatted lines. */
export const oldLsfDialect: Dialect = {
  ...lsfDialect,
  answer(call, engine) {
    const newer = call.args.find((word) => ['-json', '-UF', '-o'].includes(word));
    if (!newer || !['bjobs', 'bhist'].includes(call.program)) return lsfDialect.answer(call, engine);
    return refuse(
      `${call.program}: invalid option -- '${newer.slice(1, 2)}'\nUsage: ${call.program} [-h] [-V] [-w |-l] [-a]`,
    );
  },
};
