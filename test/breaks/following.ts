/** What becomes of a run on its cluster: states, ends, cancelling, logs. */
import type { Break } from './break.ts';

const jobs = { file: 'src/schedulers/slurm/jobs.ts', test: 'src/schedulers/slurm/jobs.test.ts' };
const steps = 'src/launcher/steps.test.ts';
const verdict = { file: 'src/launcher/verdict.ts', test: 'src/launcher/verdict.test.ts' };
const cancel = { file: 'src/launcher/cancel.ts', test: steps, named: 'cancel' };
const page = { file: 'src/actions/runs/log-page.ts', test: 'src/actions/runs/log-page.test.ts' };
const file = { file: 'src/schedulers/files/file.sh', test: 'src/schedulers/files/log-files.test.ts' };

const states: readonly Break[] = [
  {
    ...jobs,
    keeps: 'a squeue that failed means unknown, never finished',
    from: "if (result.timedOut || end?.[1] !== '0')",
    to: 'if (result.timedOut || end === undefined)',
    named: 'unknown, never "gone"',
  },
  {
    ...jobs,
    keeps: 'a squeue that hangs means unknown, never finished',
    from: 'if (result.timedOut || end',
    to: 'if (end',
    named: 'timed out',
  },
  {
    ...jobs,
    keeps: 'a squeue that complains and lists nothing means unknown',
    from: '  if (/error:/i.test(text(result.stderr))) throw new Error(`squeue failed: ${complaint(result)}`);\n',
    to: '',
    named: 'user directory down',
  },
  {
    ...jobs,
    keeps: 'a sacct that failed means unknown; only a cluster without accounting knows nothing',
    from: "if (status === '127' || /accounting storage is disabled/i.test(text(result.stderr))) return [];",
    to: "if (status !== '0') return [];",
    named: 'slurmdbd down',
  },
  {
    ...jobs,
    keeps: 'a state that nobody knows yet is one of a job that lives',
    from: "?? 'running';",
    to: "?? 'completed';",
    named: 'NEW_WORD',
  },
  {
    keeps: 'half an answer of a cluster is none',
    file: 'src/schedulers/far-side/far-side.ts',
    from: "return lines.at(-1)?.[0] === 'end' ? lines : null;",
    to: 'return lines.length > 0 ? lines : null;',
    test: jobs.test,
    named: 'no end',
  },
  {
    keeps: 'one status command for all runs of a member',
    file: 'src/launcher/queue-view.ts',
    from: '    if (found && found.askedAt >= since) return found.jobs;\n',
    to: '',
    test: 'src/launcher/queue-view.test.ts',
    named: 'without a status reader',
  },
  {
    keeps: 'a job that has left the queue is looked for in accounting',
    file: 'src/launcher/follow.ts',
    from: 'const gone = runs.filter((run) => !headJobOf(run, queue));',
    to: 'const gone = runs.filter((run) => headJobOf(run, queue));',
    test: steps,
    named: 'left the queue ends by its exit file',
  },
  {
    keeps: 'a job that has left the queue is over only when it is asked for and not there',
    file: 'src/launcher/follow.ts',
    from: 'if (asked && (!job || hasEnded(job))) {',
    to: 'if (!job || hasEnded(job)) {',
    test: 'src/launcher/progress.test.ts',
  },
  {
    keeps: 'a job of the same number and another name is another job',
    file: 'src/launcher/head-job.ts',
    from: ' && job.jobName === headJobName(id)',
    to: '',
    test: steps,
    named: 'same number',
  },
  {
    keeps: 'an exit file that a file system shows late is looked for again',
    file: 'src/launcher/collect.ts',
    from: 'const looksForExitFile = 4;',
    to: 'const looksForExitFile = 1;',
    test: steps,
    named: 'looked for again',
  },
  {
    keeps: 'tasks whose head job has gone are removed by their names',
    file: 'src/launcher/collect.ts',
    from: 'if (driver && leftovers.length > 0) {',
    to: 'if (driver && leftovers.length > 1) {',
    test: steps,
    named: 'tasks whose head job',
  },
  {
    keeps: 'no job but those of the run is removed',
    file: 'src/schedulers/submission/run-files.ts',
    from: 'name.startsWith(`${jobName(runId)}-`)',
    to: "name.startsWith('nf-')",
    test: 'src/schedulers/submission/run-files.test.ts',
  },
  {
    ...verdict,
    keeps: 'the exit file is believed before the scheduler',
    from: 'if (remains.exitStatus === 0) {',
    to: 'if (remains.exitStatus === 0 && job === null) {',
    named: 'believed first',
  },
  {
    ...verdict,
    keeps: 'a run without any trace of success has failed',
    from: "  return {\n    status: 'FAILED',\n    exitStatus: job?.exitCode ?? null,",
    to: "  return {\n    status: job?.state === 'completed' ? 'SUCCEEDED' : 'FAILED',\n    exitStatus: job?.exitCode ?? null,",
    named: 'no success',
  },
  {
    ...verdict,
    keeps: 'the end by a wall-clock limit, memory or a lost node is told apart',
    from: "['time-limit', 'out-of-memory', 'node-failure', 'cancelled'].includes(job.state)",
    to: "['cancelled'].includes(job.state)",
    named: 'told apart|goes before it',
  },
  {
    ...verdict,
    keeps: 'a run that was cancelled ends as CANCELLED',
    from: 'if (run.cancelRequestedAt !== null && remains.exitStatus !== 0) {',
    to: 'if (run.cancelRequestedAt !== null && remains.exitStatus === null) {',
    named: 'asked to stop',
  },
  {
    ...verdict,
    keeps: 'a head job that died before its first report failed to start, and says so',
    from: 'const unsaid = remains.started',
    to: 'const unsaid = remains.exitStatus !== null',
    named: 'failed to start',
  },
  {
    ...verdict,
    keeps: "the launcher's own sentence is what a person reads",
    from: 'errorMessage: remains.launcherMessage ?? failure?.said ?? unsaid,',
    to: 'errorMessage: failure?.said ?? unsaid,',
    named: 'own sentence wins',
  },
];

const stopping: readonly Break[] = [
  {
    ...cancel,
    keeps: 'Nextflow is told before its head job is removed',
    from: "if (head.state === 'running' && !told) {",
    to: "if (head.state === 'running' && !told && run.failures > 0) {",
  },
  {
    ...cancel,
    keeps: 'Nextflow is given time to clean up',
    from: 'const patience = deps.clock.now() - (run.cancelRequestedAt ?? 0) < graceMs;',
    to: 'const patience = false;',
  },
  {
    ...cancel,
    keeps: 'a head job that does not stop is removed in the end',
    from: "else if (head.state === 'running' && patience) {",
    to: "else if (head.state === 'running') {",
  },
  {
    ...cancel,
    keeps: 'a submission whose answer was lost is settled before it is stopped',
    from: 'if (run.headJobId === null && run.jobState === submitting) await settleSubmission(run, target);',
    to: 'if (run.headJobId === null && run.jobState === null) await settleSubmission(run, target);',
  },
];

const logs: readonly Break[] = [
  {
    ...page,
    keeps: 'a page of a log has a limit',
    from: 'Math.min(Math.max(maxLength ?? defaultBytes, 1), mostBytes)',
    to: 'Math.max(maxLength ?? defaultBytes, 1)',
  },
  {
    ...page,
    keeps: 'half a line of a log that grows waits for the next page',
    from: "const keepRest = ('to' in start || atEnd) && !live;",
    to: "const keepRest = 'to' in start || atEnd;",
  },
  {
    ...page,
    keeps: 'a log that is still growing has a next page',
    from: 'forwardToken: more || live ? String(next) : null',
    to: 'forwardToken: more ? String(next) : null',
  },
  {
    ...page,
    keeps: 'the page before begins at the start of a line',
    from: "const skipped = 'to' in start && offset > 0 ? bytes.indexOf(0x0a) + 1 : 0;",
    to: 'const skipped = 0;',
  },
  {
    ...file,
    keeps: "a file is read only where it lies below the run's directories, links resolved",
    from: '  "${lk_root%/}"/*)\n',
    to: '  "${lk_root%/}"* | /*)\n',
    named: 'nothing outside',
  },
  {
    ...file,
    keeps: "a neighbour whose name begins like the run's directory is not read",
    from: '  "${lk_root%/}"/*)\n',
    to: '  "${lk_root%/}"*)\n',
    named: 'nothing outside',
  },
  {
    ...file,
    keeps: 'reading a pipe never hangs',
    from: '[ -f "$lk_path" ] || lk_no refused 43\n',
    to: '',
    named: 'nothing outside',
  },
  {
    ...file,
    keeps: 'a log is read from where the page before ended',
    from: 'tail -c "+$((lk_offset + 1))"',
    to: 'tail -c "+$lk_offset"',
    named: 'ranges',
  },
  {
    keeps: 'promise 21: who downloads slowly does not take all of a channel',
    file: 'src/actions/runs/member-files.ts',
    from: 'const leave = takePlace(snapshot);',
    to: 'const leave = () => {};',
    test: 'src/actions/runs/member-files.test.ts',
    named: 'promise 21',
  },
];

export const breaks: readonly Break[] = [...states, ...stopping, ...logs];
