/** How a run's files get into their places and its head job to the scheduler: whatever lies there, whatever is said. */
import type { Break } from './break.ts';

const at = 'src/schedulers/submission';
const directories = { file: `${at}/directories.sh`, test: `${at}/directories.test.ts` };
const placing = { file: `${at}/submit.sh`, test: `${at}/placing.test.ts` };
const submission = { file: `${at}/submission.ts`, test: `${at}/submission.test.ts` };
const slurm = { file: 'src/schedulers/slurm/submit.sh', test: `${at}/submission.test.ts` };
const odd = { test: `${at}/odd-places.test.ts` };
const words = { file: 'src/schedulers/options/words.ts', test: 'src/schedulers/options/words.test.ts' };

const where: readonly Break[] = [
  {
    ...directories,
    keeps: 'directories are what people typed',
    file: 'src/schedulers/far-side/paths.sh',
    from: 'TW_AGENT_WORKDIR) lk_filled=$lk_filled$3 ;;',
    to: 'TW_AGENT_WORKDIR) lk_filled=$lk_filled$HOME ;;',
    named: ' and "',
  },
  {
    ...directories,
    keeps: 'a directory that is not absolute is refused',
    file: 'src/schedulers/far-side/paths.sh',
    from: `  *) lk_end refused "$1: \\"$lk_filled\\" is not an absolute path" ;;\n`,
    to: '',
    named: '"relative" is refused',
  },
  {
    ...directories,
    keeps: 'below a shared directory a run’s own is its member’s alone',
    from: '    mkdir -m 700 "$1" 2>/dev/null && return\n',
    to: '    mkdir "$1" 2>/dev/null && return\n',
    named: 'that a group shares',
  },
  {
    ...directories,
    keeps: 'where one look tells nothing, it is still seen who may write',
    from: '    [ -n "$(find -H "$1" -prune \\( -perm -020 -o -perm -002 \\))" ] || return 0\n',
    to: '    return 0\n',
    named: 'where no stat',
  },
  {
    ...placing,
    keeps: 'an ordinary submission starts few processes on a login node',
    from: `! { printf '%s' "$2" >"$1"; } 2>/dev/null; then`,
    to: `! { printf '%s' "$2" | cat >"$1"; } 2>/dev/null; then`,
    named: 'an ordinary submission costs',
  },
  {
    ...placing,
    keeps: 'a file that lies in the way is replaced',
    from: `(rm -f "$1" && printf '%s' "$2" | cat >"$1")`,
    to: `(printf '%s' "$2" | cat >"$1")`,
    named: 'a file is replaced',
  },
  {
    ...placing,
    keeps: 'a submission that wrote no files was never begun',
    file: `${at}/directories.sh`,
    from: '{ rm -f "$lk_own.intent"; lk_forget; }',
    to: 'lk_forget',
    named: 'nothing was begun',
  },
  {
    ...placing,
    keeps: 'a job counts also where its record cannot be written',
    from: `  { printf '%s\\n' "$lk_job" >"$lk_own.job"; } 2>/dev/null\n`,
    to: `  { printf '%s\\n' "$lk_job" >"$lk_own.job"; } 2>/dev/null || lk_end unknown 'No record can be written'\n`,
    named: 'talk us out',
  },
  {
    ...placing,
    keeps: 'half a record is none',
    from: '&& read -r lk_job <"$lk_own.job" &&',
    to: '&& { read -r lk_job <"$lk_own.job" || :; } &&',
    named: 'half a record',
  },
  {
    ...placing,
    keeps: 'a submission arrives over a socket as over a pipe',
    file: `${at}/submission.ts`,
    from: '. /dev/stdin; eval "$(cat)"',
    to: '. /dev/stdin',
    named: 'through a socket',
  },
];

const sent: readonly Break[] = [
  {
    ...slurm,
    keeps: 'Slurm does not start a head job once more by itself',
    from: ' --no-requeue',
    to: '',
    named: 'submits once',
  },
  {
    ...submission,
    keeps: 'runs of one session have their own records',
    file: `${at}/submit.sh`,
    from: 'lk_own=.nf-$lk_id lk_errors',
    to: 'lk_own=.nf lk_errors',
    named: 'several runs of one session',
  },
  {
    ...submission,
    keeps: 'line ends of Windows do not end up in scripts',
    from: "typed.replaceAll('\\r\\n', '\\n')",
    to: 'typed',
    named: 'whatever people type',
  },
  {
    ...submission,
    keeps: 'parameters in JSON are a JSON file',
    file: `${at}/run-files.ts`,
    from: '.params.json`',
    to: '.params.yml`',
    named: 'parameters in JSON',
  },
  {
    ...submission,
    keeps: 'promise 19: no text leaves its quotes',
    file: 'src/core/quote.ts',
    from: `word.replaceAll("'", `,
    to: `word.replace("'", `,
    named: 'promise 19',
  },
  {
    ...submission,
    keeps: 'half a submission does nothing, wherever it was cut',
    from: '{ lk_main "$@"; }',
    to: 'lk_main "$@"',
    named: 'half a submission',
  },
  {
    ...submission,
    keeps: 'what was refused was not begun',
    file: `${at}/submit.sh`,
    from: '  refused) rm -f "$lk_own.intent"; lk_forget;',
    to: '  refused) lk_forget;',
    named: 'refused: ',
  },
  {
    ...submission,
    keeps: 'what a refused submission has left is known',
    from: 'const left = placed && head && work ?',
    to: 'const left = job && placed && head && work ?',
    named: 'has left can be removed',
  },
  {
    ...slurm,
    keeps: 'a controller that is away has refused nothing',
    from: `  *'nable to contact'* | *'imed out'* | `,
    to: '  ',
    named: 'the next call looks first',
  },
  {
    ...slurm,
    keeps: 'a full quota of jobs leaves nothing to look for',
    from: "*MaxSubmitJob* | *'MaxJobCount'*) lk_verdict=later ;;",
    to: "*MaxSubmitJob* | *'MaxJobCount'*) lk_verdict=unknown ;;",
    named: 'full quota',
  },
  {
    ...slurm,
    keeps: 'a scheduler that is not on the PATH is said in plain words',
    from: `  127) lk_verdict=refused lk_why='sbatch was not found: Slurm is not on the PATH that a login of this account gets' ;;\n`,
    to: '',
    named: 'killed, or absent',
  },
  {
    ...slurm,
    keeps: 'a wrapper of sbatch may talk',
    from: `  'Submitted batch job '*) lk_word=\${lk_word#'Submitted batch job '} lk_word=\${lk_word%%[!0-9]*} ;;\n`,
    to: '',
    named: 'a wrapper that talks',
  },
  {
    ...submission,
    keeps: 'nothing is built of a session id that leads elsewhere',
    from: '/^[A-Za-z0-9-]{1,64}$/.test(sessionId)',
    to: '/^[^/]|[.]{2}/.test(sessionId)',
    named: 'before anything is sent',
  },
  {
    ...odd,
    keeps: 'accounting is asked for the right time where a clock is wrong',
    file: 'src/schedulers/slurm/accounting.sh',
    from: '/ 60 + 120))minutes',
    to: '/ 60))minutes',
    named: 'clock that is an hour off',
  },
  {
    ...odd,
    keeps: 'what modules print is not taken for a job',
    file: 'src/schedulers/slurm/submit.sh',
    from: '  lk_in_lines "$lk_out"\n',
    to: '  lk_number "$lk_out"\n',
    named: 'modules and profiles',
  },
];

const typed: readonly Break[] = [
  {
    ...words,
    keeps: 'a line break parts options as a blank does',
    from: '/[ \\t\\n]/.test(character)',
    to: '/[ \\t]/.test(character)',
    named: 'splitWords.*"',
  },
  {
    ...words,
    keeps: 'a quote that is opened and never closed is refused',
    from: "  if (quote !== '') throw",
    to: "  if (quote === '\\n') throw",
    named: 'refuses',
  },
  {
    ...words,
    keeps: 'an empty word in quotes is a word',
    from: "      word ??= '';\n",
    to: '',
    named: 'gives back every word',
  },
  {
    ...words,
    keeps: 'promise 19: a backslash in double quotes means what it means to a shell',
    from: `(quote === '' || (quote === '"' && /["\\\\]/.test(next)))`,
    to: `(quote === '' || quote === '"')`,
    named: 'promise 19',
  },
];

export const breaks: readonly Break[] = [...where, ...sent, ...typed];
