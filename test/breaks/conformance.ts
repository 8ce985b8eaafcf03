/**
 * Real jobs under each scheduler: what its driver and its scripts must get right. `with real jobs` is one suite for all of
 * them; a break in each that turns its cases red.
 */
import type { Break } from './break.ts';

type Case = [named: string, keeps: string, file: string, from: string, to: string];

/** @param suite the beginning of the names of its tests */
const under = (folder: string, suite: string, cases: readonly Case[]): Break[] =>
  cases.map(([named, keeps, file, from, to]) => ({
    keeps: `${suite.replaceAll('\\', '')}: ${keeps}`,
    file: file.startsWith('src/') ? file : `src/schedulers/${folder}/${file}`,
    from,
    to,
    test: `src/schedulers/${folder}/${folder}.real.test.ts`,
    named: `${suite}.*(${named})`,
  }));

const gone = 'told to stop|twice is no error';
const notTheirs = 'nobody removes what is not theirs';
const reader = 'a status reader';
const once = 'sent again and again';
const away = 'a scheduler that is away';
const tasks = 'real Nextflow';

const lsf = under('lsf', 'LSF \\(emulated\\)', [
  [
    'account check',
    'that there is accounting is seen by the account check',
    'probe.sh',
    'then lk_say accounting 1; fi',
    'then :; fi',
  ],
  [
    'two members',
    'an exit status is read from the history',
    'lsf.ts',
    '/Exited with exit code (\\d+)/',
    '/Exited with status (\\d+)/',
  ],
  [gone, 'that a job is over is no failure of its removal', 'cancel.sh', "-e 'has already finished' ", ''],
  [notTheirs, 'a removal that was refused is a failure', 'cancel.sh', '>&2\nexit 1', '>&2\nexit 0'],
  [
    reader,
    'a status reader asks for everybody where it is asked for several',
    'reader.sh',
    'case $u in *,*) u=all;; esac;\n',
    '',
  ],
  [
    'wall-clock limit',
    'the end by the run limit is read from the history',
    'lsf.ts',
    'exitCode === 140 && /\\bRUNLIMIT\\b/',
    'exitCode === 140 && /\\bRUN_LIMIT\\b/',
  ],
  [
    'refused in its own words',
    'a refused submission is one',
    'submit.sh',
    'lk_why="$lk_why$lk_out" lk_verdict=refused',
    'lk_why="$lk_why$lk_out" lk_verdict=unknown',
  ],
  [
    once,
    'promise 22: the queue is asked before a job is submitted again',
    'submit.sh',
    '  lk_found=\n  lk_why=$(timeout -k 5 60 bjobs',
    '  lk_found=\n  return 0\n  lk_why=$(timeout -k 5 60 bjobs',
  ],
  [
    away,
    'promise 22: a scheduler that does not answer has refused nothing',
    'submit.sh',
    "'try later'*) lk_verdict=unknown ;;",
    "'try later'*) ;;",
  ],
  [
    away,
    'commands do not wait for ever for a scheduler that is away',
    'src/schedulers/queries/environment.sh',
    'export LSB_NTRIES=1\n',
    '',
  ],
  [
    tasks,
    'tasks are known as those of their run',
    'src/schedulers/submission/run-files.ts',
    'name.startsWith(`${jobName(runId)}-`);',
    'name.startsWith(`${jobName(runId)}_`);',
  ],
]);

const oldLsf = under('lsf', 'LSF without JSON', [
  [
    '.',
    'a bjobs that knows no JSON is asked for its wide table',
    'status.sh',
    "usage: | *'sage: bjobs'* | *'llegal option'* | *'nvalid option'* | *'alid field'*)",
    'usage:)',
  ],
  [
    reader,
    'and so it is by a status reader',
    'reader.sh',
    'usage: | *"sage: bjobs"* | *"llegal option"* | *"nvalid option"* | *"alid field"*)',
    'usage:)',
  ],
]);

const moab = under('moab', 'Moab', [
  [
    'account check',
    'that showq remembers completed jobs is seen by the account check',
    'probe.sh',
    '  lk_say accounting 1\n',
    '',
  ],
  [
    'two members',
    'an exit status is the CompletionCode',
    'moab.ts',
    '    exitCode: status > 256 ? 128 + status - 256 : status,\n',
    '    exitCode: null,\n',
  ],
  [
    gone,
    'that a job is over is no failure of its removal',
    'cancel.sh',
    "0:* | *'invalid job specified'* | ",
    '0:* | ',
  ],
  [notTheirs, 'a removal that was refused is a failure', 'cancel.sh', 'exit "$lk_status"', 'exit 0'],
  [
    reader,
    "a status reader asks for everybody's jobs",
    'reader.sh',
    'showq --xml <',
    'showq --xml -w user="$(id -un)" <',
  ],
  [
    'wall-clock limit',
    'a kill after all of its time is the time limit',
    'moab.ts',
    "state: used >= asked ? 'time-limit' : 'cancelled', reason: 'terminated'",
    "state: used > 60 * asked ? 'time-limit' : 'cancelled', reason: 'terminated'",
  ],
  [
    'refused in its own words',
    'a refused submission is one',
    'submit.sh',
    'lk_why="$lk_why$lk_out" lk_verdict=refused',
    'lk_why="$lk_why$lk_out" lk_verdict=unknown',
  ],
  [
    once,
    'promise 22: the queue is asked before a job is submitted again',
    'submit.sh',
    '    [ -z "$lk_found" ] || return 0\n',
    '    lk_found=\n',
  ],
  [
    away,
    'promise 22: a scheduler that does not answer has refused nothing',
    'submit.sh',
    "*'ot responding'*) lk_verdict=unknown ;;",
    "*'ot responding'*) ;;",
  ],
  [
    tasks,
    'tasks are known as those of their run',
    'src/schedulers/submission/run-files.ts',
    'name.startsWith(`${jobName(runId)}-`);',
    'name.startsWith(`${jobName(runId)}_`);',
  ],
]);

const pbs = under('pbs-pro', 'PBS Professional \\(emulated\\)', [
  [
    'account check',
    'its version is told with its name',
    'probe.sh',
    " | sed 's/^pbs_version *= */PBS /'",
    '',
  ],
  [
    'two members',
    'an exit status is read from the history',
    'pbs-pro.ts',
    '    exitCode: code,\n    signal: code > 128',
    '    exitCode: null,\n    signal: code > 128',
  ],
  [gone, 'that a job is over is no failure of its removal', 'cancel.sh', "-e 'has finished' ", ''],
  [
    notTheirs,
    'a removal that was refused is a failure',
    'cancel.sh',
    '[ "$lk_status" != 0 ] || lk_status=1\nexit "$lk_status"',
    'exit 0',
  ],
  [
    reader,
    'a status reader is told of head jobs',
    'reader.sh',
    'grep -a -E -e "^Job Id: [^|]*[|]Job_Name=nf-" -e',
    'grep -a -E -e "^Job Id: [^|]*[|]Job_Name=t" -e',
  ],
  [
    'wall-clock limit',
    'the walltime is told apart',
    'pbs-pro.ts',
    "'-29': ['time-limit',",
    "'-29': ['failed',",
  ],
  [
    'refused in its own words',
    'a refused submission is one',
    'submit.sh',
    'lk_why="$lk_why$lk_out" lk_verdict=refused',
    'lk_why="$lk_why$lk_out" lk_verdict=unknown',
  ],
  [
    once,
    'promise 22: the queue is asked before a job is submitted again',
    'submit.sh',
    'lk_find() {\n',
    'lk_find() {\n  lk_found=\n  return 0\n',
  ],
  [
    away,
    'promise 22: a scheduler that does not answer has refused nothing',
    'submit.sh',
    "*'System error'*) lk_verdict=unknown ;;",
    "*'System error'*) ;;",
  ],
  [
    tasks,
    'tasks are known by their names of 15 characters',
    'pbs-pro.ts',
    'name.length === 15 && name.startsWith(`t${runId}`)',
    'name.startsWith(`nf-${runId}-`)',
  ],
]);

const oldPbs = [
  ...under('pbs-pro', 'PBS Professional before 13', [
    ['.', 'a qstat that knows no -F is asked for text', 'status.sh', "'' | *'latchkey: asked 2')", "'')"],
    [
      reader,
      'and so it is by a status reader',
      'reader.sh',
      'case $o in *"latchkey: asked 2") f=text;; esac;',
      'f=;',
    ],
  ]),
  ...under('pbs-pro', 'PBS without a history', [
    [
      'two members|Trivial|does nothing',
      'a run whose job is forgotten is not asked for in vain',
      'accounting.sh',
      '  [ "$z" != 2 ] || old "$lk_ids"\n',
      '',
    ],
    [
      away,
      'promise 22: where ended jobs are forgotten, that none is found proves nothing',
      'submit.sh',
      'if ! lk_history; then lk_accounting=0; return 0; fi',
      'if ! lk_history; then return 0; fi',
    ],
    [
      away,
      'promise 22: nor is it asked how long ago that was',
      'submit.sh',
      'lk_memory() { echo 0; }',
      'lk_memory() { echo 3600; }',
    ],
  ]),
];

export const breaks: readonly Break[] = [...lsf, ...oldLsf, ...moab, ...pbs, ...oldPbs];
