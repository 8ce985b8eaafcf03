/** PBS Professional and OpenPBS: states, endings, refusals; servers that are too old for one line per job. */
import type { Break } from './break.ts';

const file = 'src/schedulers/pbs-pro/pbs-pro.ts';
const answers = { file, test: 'src/schedulers/answers.test.ts', named: 'PBS' };
const endings = { file, test: 'src/schedulers/endings.test.ts', named: 'PBS' };
const text = { file: 'src/schedulers/pbs-pro/text.sh', test: 'src/schedulers/pbs-pro/text.test.ts' };
const options = { file, test: 'src/schedulers/slurm/options.test.ts', named: 'each platform' };

export const breaks: readonly Break[] = [
  {
    ...answers,
    keeps: 'PBS: a job that is exiting (E) is not over, though its status stands there',
    from: "E: 'running', B:",
    to: "E: 'failed', B:",
  },
  {
    ...answers,
    keeps: 'PBS: a job that waits for its start time is held',
    from: "W: 'held',",
    to: "W: 'pending',",
  },
  {
    ...answers,
    keeps: 'PBS: what holds a job is said',
    from: "known(row.get('comment')) ?? reasons[letter] ?? null",
    to: "known(row.get('comment'))",
  },
  {
    ...answers,
    keeps: 'PBS: a letter that is new belongs to a job that exists',
    from: "state: states[letter] ?? 'running', reason",
    to: "state: states[letter] ?? 'failed', reason",
  },
  {
    ...answers,
    keeps: 'PBS: a qstat that failed never reads as "no jobs"',
    from: `const parseStatus = (result: RemoteResult): JobStatus[] => {
  const { lines, status, stderr } = wholeAnswer(result, 'qstat');
  if (status !== 0)`,
    to: `const parseStatus = (result: RemoteResult): JobStatus[] => {
  const { lines, status, stderr } = wholeAnswer(result, 'qstat');
  if (status > 1 && status !== 255)`,
  },
  {
    ...answers,
    keeps: 'PBS: whose job it is stands without the host',
    from: "row.get('Job_Owner')?.split('@')[0]",
    to: "row.get('Job_Owner')",
  },
  {
    ...endings,
    keeps: 'PBS: bars and backslashes in values are read as such',
    from: '/(?:[^|\\\\]|\\\\[^])+/g',
    to: '/[^|]+/g',
  },
  {
    ...endings,
    keeps: 'PBS: 271 is a qdel, though the script ended with 0',
    from: "substate === '91' || status === String(qdelStatus)",
    to: "substate === '91'",
  },
  {
    ...endings,
    keeps: 'PBS: a job that was removed before it ran is cancelled',
    from: "substate === '91' || status === String(qdelStatus)",
    to: 'status === String(qdelStatus)',
  },
  {
    ...endings,
    keeps: 'PBS: finished without a status has never run, which looks like success',
    from: "  if (status === undefined)\n    return { ...none, state: 'failed',",
    to: "  if (status === undefined)\n    return { ...none, state: 'completed',",
  },
  {
    ...endings,
    keeps: 'PBS: the walltime is told apart',
    from: "  '-29': ['time-limit', 'walltime limit'],",
    to: "  '-29': ['failed', 'walltime limit'],",
  },
  {
    ...endings,
    keeps: 'PBS: the end by memory is told apart',
    from: "  '-27': ['out-of-memory',",
    to: "  '-27': ['failed',",
  },
  {
    ...endings,
    keeps: 'PBS: a prologue that failed is its node’s failure',
    from: "  '-2': ['node-failure', 'could",
    to: "  '-2': ['failed', 'could",
  },
  {
    ...endings,
    keeps: 'PBS: 265 is a kill of the whole session, 137 of its script: the same signal',
    from: 'if (code > 256) return { exitCode: 128 + code - 256, signal: code - 256,',
    to: 'if (code > 512) return { exitCode: 128 + code - 256, signal: code - 256,',
  },
  {
    ...endings,
    keeps: 'PBS: 254 is told as a shell that could not be started',
    from: 'if (code === 254)',
    to: 'if (code === 255)',
  },
  {
    ...endings,
    keeps: 'PBS: the status of an earlier attempt is not believed while the job lives',
    from: "if (letter === 'F') return",
    to: "if (letter === 'F' || row.has('Exit_status')) return",
  },
  {
    ...endings,
    keeps: 'PBS: unknown and finished numbers (153, 35) are no failure of the question',
    from: 'const unknownIds = new Set([153, 35]);',
    to: 'const unknownIds = new Set([153]);',
  },
  {
    ...endings,
    keeps: 'PBS: an accounting that failed is not one that knows nothing',
    from: 'if (status !== 0 && !unknownIds.has(status))',
    to: 'if (status === 1)',
  },
  {
    ...text,
    file,
    keeps: 'old PBS: endings of a server that shows them as C have meanings of their own',
    from: "if (letter === 'C') return { ...common, ...ended(row, oldEndings) };",
    to: "if (letter === 'C') return { ...common, ...ended(row) };",
  },
  {
    ...text,
    keeps: 'old PBS: folded lines are whole again',
    from: 'value = value substr(\\$0, 2); next; }',
    to: 'next; }',
  },
  {
    ...text,
    keeps: 'old PBS: a number that qselect does not name is nobody’s job',
    from: '(substr(\\$0, 9) in known) && ',
    to: '',
  },
  {
    ...text,
    keeps: 'old PBS: a job that is told of twice is asked for alone',
    from: 'if (id && ++seen[id] == 1)',
    to: 'if (id && ++seen[id] > 0)',
  },
  {
    ...text,
    keeps: 'old PBS: a job asked for alone speaks first, and for itself alone',
    from: '(first == 0 || count + length(id) == 0)',
    to: '(first == 0 || 1)',
  },
  {
    ...text,
    keeps: 'old PBS: more doubts than can be cleared are no answer',
    from: '  if printf "%s\\n" "$o" | grep -q "^twice "; then z=1; echo "Too many jobs are told of twice" >&2; fi;\n',
    to: '',
  },
  {
    ...text,
    keeps: 'old PBS: without the list of numbers there is no answer',
    from: 'k=$(timeout -k 5 60 qselect </dev/null) || z=$?;',
    to: 'k=$(timeout -k 5 60 qselect </dev/null);',
  },
  {
    ...text,
    file: 'src/schedulers/pbs-pro/accounting.sh',
    keeps: 'old PBS without a history: an ended job is looked at while it is shown',
    from: '  [ "$z" != 2 ] || old "$lk_ids"\n',
    to: '',
  },
  {
    ...text,
    file: 'src/schedulers/pbs-pro/status.sh',
    keeps: 'old PBS: a server that refused the new form once is not asked in it again',
    from: 'if [ "$2" != text ]; then',
    to: 'if true; then',
  },
  {
    keeps: 'PBS: a full queue (38) is waited for, whatever qsub says of it',
    file: 'src/schedulers/pbs-pro/submit.sh',
    from: "  38:* | *'would exceed'",
    to: "  *'would exceed'",
    test: 'src/schedulers/submission/verdicts.test.ts',
  },
  {
    ...options,
    keeps: 'PBS: attributes that make a submission wait or depend are refused',
    from: '/(^|,)\\s*(block|depend',
    to: '/(^|,)\\s*(depend',
  },
  {
    file,
    keeps: 'PBS: who types a select means the whole of it, for a second one is an error',
    from: 'asked.length > 0 && !selects ?',
    to: 'asked.length > 0 ?',
    test: 'src/schedulers/head-job-options.test.ts',
  },
  {
    file,
    keeps: 'PBS: tasks are known by names of 15 characters',
    from: 'name.length === 15 && name.startsWith(`t${runId}`)',
    to: 'name.startsWith(`nf-${runId}`)',
    test: 'src/schedulers/head-job-options.test.ts',
  },
];
