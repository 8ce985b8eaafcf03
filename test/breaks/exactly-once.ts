/** Submission, exactly once: promise 22. */
import type { Break } from './break.ts';

const folder = 'src/schedulers/submission';
const submit = { file: `${folder}/submit.sh`, test: `${folder}/exactly-once.test.ts` };
const slurm = { file: 'src/schedulers/slurm/submit.sh', test: `${folder}/exactly-once.test.ts` };
const directories = { file: `${folder}/directories.sh`, test: `${folder}/submission.test.ts` };
const step = { file: 'src/launcher/submit.ts', test: 'src/launcher/steps.test.ts' };

const farSide: readonly Break[] = [
  {
    ...submit,
    keeps: 'promise 22: what was submitted is recorded, and the record answers',
    from: 'if [ -f "$lk_own.job" ] && read -r lk_job <"$lk_own.job" && [ -n "$lk_job" ]; then lk_submitted recorded; fi',
    to: ':',
    test: directories.test,
    named: 'a second time the record answers',
  },
  {
    ...submit,
    keeps: 'promise 22: after a cut submission the far side looks before it submits',
    from: 'if [ -e "$lk_own.intent" ]; then lk_look; elif',
    to: 'if',
    named: 'accounting is asked',
  },
  {
    ...submit,
    keeps: 'promise 22: where a crash took the intent, the job is looked for all the same',
    from: '; elif [ -n "$lk_sent" ]; then lk_seek "$lk_sent"; fi',
    to: '; fi',
    named: 'nothing in the directory',
  },
  {
    ...submit,
    keeps: 'what is certainly not there is submitted at once',
    from: 'then lk_seek "$lk_sent"; fi',
    to: 'then : >"$lk_own.intent"; lk_look; fi',
    named: 'there is none',
  },
  {
    ...submit,
    keeps: 'promise 22: a job that has begun is known by its claim',
    from: '  lk_job=$(readlink "$lk_own.claim") && [ -n "$lk_job" ] && lk_record found\n',
    to: '',
    named: 'known by its claim',
  },
  {
    ...submit,
    keeps: 'promise 22: without accounting, when the queue has forgotten, a person decides',
    from: 'if ! [ "$lk_age" -lt "${lk_limit:-0}" ]; then',
    to: 'if [ "$lk_age" -lt 0 ]; then',
    named: 'a person decides',
  },
  {
    ...submit,
    keeps: 'promise 22: without file locks an intent holds others off',
    from: 'if [ "$lk_locks" = 0 ] && [ "$lk_age" -lt "$lk_longest" ]; then',
    to: 'if [ "$lk_locks" = 0 ] && [ "$lk_age" -lt 0 ]; then',
    named: 'without file locks',
  },
  {
    ...submit,
    keeps: 'promise 22: killed at any moment and sent again, there is one job',
    from: '  lk_begin\n  lk_files\n',
    to: '  lk_files\n',
    named: 'killed at random',
  },
  {
    ...submit,
    keeps: 'promise 22: two at once take turns',
    from: 'flock -w 60 9 9>&9',
    to: ':',
    named: 'two at once',
  },
  {
    ...submit,
    keeps: 'what accounting knows nothing of is submitted anew',
    from: 'if [ "$lk_accounting" != 1 ]; then',
    to: 'if :; then',
    named: 'accounting knows of none',
  },
  {
    ...submit,
    keeps: 'a submit command that hung left its intent: its job is looked for',
    from: '  set -C\n  if ! { printf \'\' >"$lk_own.intent"; }',
    to: '  set -C\n  if ! { :; }',
    named: 'that hangs is ended',
  },
  {
    ...slurm,
    keeps: 'promise 22: a query that fails means unknown, not that there is no job',
    from: '|| { lk_why="squeue: $lk_why"; return 1; }',
    to: '|| lk_why=',
    named: 'a query that fails',
  },
  {
    ...slurm,
    keeps: 'promise 22: accounting is asked for a job that the queue has forgotten',
    from: '  [ -z "$lk_found" ] || return 0\n',
    to: '  return 0\n',
    named: 'accounting',
  },
  {
    ...slurm,
    keeps: 'promise 22: a cluster without accounting says so, and goes on',
    from: "127:* | *'ccounting storage is disabled'*)",
    to: '-:*)',
    named: 'without accounting',
  },
  {
    ...slurm,
    keeps: 'promise 22: a controller that cannot be reached means unknown, not refused',
    from: "*'nable to contact'* | ",
    to: '',
    test: directories.test,
    named: 'the next call looks first',
  },
  {
    ...slurm,
    keeps: 'promise 22: the scheduler starts no head job again by itself',
    from: ' --parsable --no-requeue ',
    to: ' --parsable ',
    test: directories.test,
    named: 'a second time the record answers',
  },
  {
    ...directories,
    keeps: 'promise 10: nothing is submitted as another account than the one that was promised',
    from: '[ "$lk_me" = "$lk_user" ] || lk_end',
    to: '[ -n "$lk_me" ] || lk_end',
    test: `${folder}/directories.test.ts`,
    named: 'another login than promised',
  },
  {
    ...directories,
    keeps: 'a resume finds its cache: a directory for each account and session',
    from: 'lk_head=$lk_filled/$lk_user/$lk_session',
    to: 'lk_head=$lk_filled/$lk_session',
    named: 'a second time the record answers',
  },
];

const launcher: readonly Break[] = [
  {
    ...step,
    keeps: 'promise 22: the intent is durable before anything is sent',
    from: '      if (!sentBefore && !(await writer.write(run, { jobState: submitting }))) return;\n',
    to: '',
    named: 'the intent is durable',
  },
  {
    ...step,
    keeps: 'promise 22: what was sent before is said to be',
    from: 'run.jobState === submitting ? Math.ceil(',
    to: 'run.failures > 99 ? Math.ceil(',
    named: 'is said to be',
  },
  {
    keeps: 'promise 22: where Grid Engine keeps no accounting that can be read, nothing tells of ended jobs',
    file: 'src/schedulers/grid-engine/submit.sh',
    from: "    *'No such file'*) lk_why= lk_accounting=0 ;;\n",
    to: "    *'No such file'*) lk_why= ;;\n",
    test: submit.test,
    named: 'Grid Engine',
  },
  {
    ...step,
    keeps: 'promise 22: once an answer was lost nothing ends the run but an answer',
    from: 'isUnreachable(error) && !sentBefore',
    to: 'isUnreachable(error)',
    named: 'promise 22',
  },
  {
    ...step,
    keeps: 'each use of a key is on record',
    from: "run.snapshot.credential.kind === 'managed' ? 'managed_credentials_used' : 'credentials_used',",
    to: "'workflow_submitted',",
    named: 'the use of the key is on record',
  },
  {
    ...step,
    keeps: 'a run that was cancelled before it was sent ends without touching the cluster',
    from: '    if (run.cancelRequestedAt !== null && !sentBefore) {\n',
    to: '    if (run.cancelRequestedAt !== null && sentBefore) {\n',
    named: 'cancelled before anything was sent',
  },
  {
    keeps: 'a refused key ends a run with its sentence, and nothing is submitted',
    file: 'src/launcher/problems.ts',
    from: "    'credential_refused',\n",
    to: '',
    test: step.test,
    named: 'a refused key ends the run',
  },
  {
    keeps: 'a cluster that stays away ends a run after ten minutes, with its sentence',
    file: 'src/launcher/problems.ts',
    from: 'if (now - since >= unreachableLimitMs)',
    to: 'if (now - since >= 9 * unreachableLimitMs)',
    test: 'src/launcher/outage.test.ts',
    named: 'ten minutes: the run ends',
  },
];

export const breaks: readonly Break[] = [...farSide, ...launcher];
