/** Real jobs under a real Grid Engine and a real Slurm: what their drivers and scripts must get right. */
import type { Break } from './break.ts';

type Case = [named: string, keeps: string, file: string, from: string, to: string];

const under = (folder: string, name: string, cases: readonly Case[]): Break[] =>
  cases.map(([named, keeps, file, from, to]) => ({
    keeps: `${name}, real: ${keeps}`,
    file: `src/schedulers/${folder}/${file}`,
    from,
    to,
    test: `src/schedulers/${folder}/${folder}.real.test.ts`,
    named,
  }));

const gridEngine = under('grid-engine', 'Grid Engine', [
  ['account check', 'its version is told', 'probe.sh', "grep -i -e '^[A-Z]*GE '", "grep -i -e '^GE '"],
  [
    'two members',
    'an exit status is read from what accounting says',
    'grid-engine.ts',
    '    exitCode: exit,\n',
    '    exitCode: null,\n',
  ],
  [
    'told to stop|twice is no error',
    'that a job is over is no failure of its removal',
    'cancel.sh',
    "-e 'does not exist' ",
    '',
  ],
  [
    'nobody removes what is not theirs',
    'a removal that was refused is a failure',
    'cancel.sh',
    '[ "$lk_status" != 0 ] || lk_status=1\nexit "$lk_status"',
    'exit 0',
  ],
  [
    'a status reader',
    'a status reader asks for all whom it is asked for',
    'reader.sh',
    'qstat -xml -u "$u"',
    'qstat -xml -u "${u##*,}"',
  ],
  [
    'wall-clock limit',
    'a job that a limit has killed is told from one that failed',
    'grid-engine.ts',
    'if (failed === 0) return { ...common',
    'if (failed === 0 || exit > 128) return { ...common',
  ],
  [
    'refused in its own words',
    'a refused submission is one',
    'submit.sh',
    'lk_why="$lk_why$lk_out" lk_verdict=refused',
    'lk_why="$lk_why$lk_out" lk_verdict=unknown',
  ],
  [
    'sent again and again',
    'promise 22: the queue is asked before a job is submitted again',
    'submit.sh',
    'lk_find() {\n',
    'lk_find() {\n  lk_found=\n  return 0\n',
  ],
  [
    'a scheduler that is away',
    'promise 22: a master that does not answer has refused nothing',
    'submit.sh',
    "*'answer list from qmaster'* | *'ommunication'*) lk_verdict=unknown ;;",
    "*'answer list from qmaster'* | *'ommunication'*) ;;",
  ],
  [
    'real Nextflow',
    "tasks run in the shell that Nextflow wrote them for, whatever their queue's is",
    'grid-engine.ts',
    'taskOptions: `${shell} ${typed}`.trim()',
    'taskOptions: typed',
  ],
]);

const slurm = under('slurm', 'Slurm', [
  [
    'with accounting.*account check',
    'that there is accounting is seen by the account check',
    'probe.sh',
    '*slurmdbd*) command -v sacct >/dev/null && lk_say accounting 1 ;;',
    '*slurmdbd*) ;;',
  ],
  [
    'submit, status, accounting and what is left',
    'a head job is not started a second time by Slurm itself',
    'submit.sh',
    ' --parsable --no-requeue ',
    ' --parsable ',
  ],
  [
    'held, interrupted, removed',
    'that a job is over is no failure of its removal',
    'cancel.sh',
    "grep -v -e 'Invalid job id' ",
    'grep -v ',
  ],
  [
    "refused in Slurm's words",
    'a refused submission is one',
    'submit.sh',
    '  lk_complaint\n  lk_verdict=refused\n',
    '  lk_complaint\n  lk_verdict=unknown\n',
  ],
  [
    'signs that Slurm would fill in',
    'a percent sign in a directory stays one',
    'submit.sh',
    '  lk_replace "$PWD" % %%\n',
    '  lk_replaced=$PWD\n',
  ],
  [
    'a job that left the queue after a cut submission',
    'promise 22: accounting is asked for a job that has left the queue, removed while it was held',
    'submit.sh',
    ' -s BF,CA,CD,DL,F,NF,OOM,PR,R,S,TO \\\n',
    ' \\\n',
  ],
  [
    'a controller that is away',
    'promise 22: a controller that does not answer has refused nothing',
    'submit.sh',
    "*'nable to contact'* | ",
    '',
  ],
  [
    'without accounting.*accounting knows nothing',
    'promise 22: without accounting, Slurm itself says for how long it remembers jobs',
    'submit.sh',
    "sed -n 's/^MinJobAge *= *",
    "sed -n 's/^MaxJobAge *= *",
  ],
]);

const head = {
  file: 'src/schedulers/head/head.sh',
  test: 'src/schedulers/head/nextflow.real.test.ts',
};

const nextflow: readonly Break[] = [
  {
    ...head,
    keeps: "Nextflow, real: the member's own configuration has the last word",
    from: '"nf-$LK_ID.site.config" "nf-$LK_ID.config" "nf-$LK_ID.launch.config"; do',
    to: '"nf-$LK_ID.launch.config" "nf-$LK_ID.site.config" "nf-$LK_ID.config"; do',
    named: 'precedence of configuration',
  },
  {
    ...head,
    keeps: 'Nextflow, real: the revision that was asked for is run',
    from: 'if [ -n "$LK_REVISION" ]; then lk_words+=(-r "$LK_REVISION"); fi\n',
    to: '',
    named: 'another revision beside it',
  },
  {
    ...head,
    keeps: 'Nextflow, real: nothing of another member is removed when a run goes on',
    from: 'if [ -O "$lk_dir" ] && ! [ -L "$lk_dir" ]; then rm',
    to: 'if ! [ -L "$lk_dir" ]; then rm',
    named: 'a killed one resumes',
  },
];

export const breaks: readonly Break[] = [...gridEngine, ...slurm, ...nextflow];
