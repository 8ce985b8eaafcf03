/** How a run goes on and ends, step by step: what is believed, what is told to people, and what never happens. */
import type { Break } from './break.ts';

const steps = 'src/launcher/steps.test.ts';
const verdict = { file: 'src/launcher/verdict.ts', test: 'src/launcher/verdict.test.ts' };
const submit = { file: 'src/launcher/submit.ts', test: steps };
const follow = { file: 'src/launcher/follow.ts', test: steps };
const queueView = { test: 'src/launcher/queue-view.test.ts' };

export const breaks: readonly Break[] = [
  {
    ...submit,
    keeps: 'where the files of a refused submission lie is noted',
    from: 'failed(outcome.reason), { jobState: null, ...outcome.left });',
    to: 'failed(outcome.reason), { jobState: null });',
    named: 'refused by the scheduler',
  },
  {
    ...submit,
    keeps: 'promise 29: whoever lost the lease sends nothing',
    from: '      if (!sentBefore && !(await writer.write(run, { jobState: submitting }))) return;\n',
    to: '      if (!sentBefore) await writer.write(run, { jobState: submitting });\n',
    named: 'promise 29',
  },
  {
    ...follow,
    keeps: 'a run that waits in the queue says what for',
    from: '`Waiting in the queue: ${said}`',
    to: 'null',
    named: 'one status command for all runs',
  },
  {
    ...follow,
    keeps: 'what cannot be kept of one run keeps no other waiting',
    from: 'for (const each of seen) await writer.keep([each]).catch((error: unknown) => wait(each.run, error));',
    to: 'for (const each of seen) await wait(each.run, null);',
    named: 'a change that cannot be kept',
  },
  {
    ...follow,
    keeps: 'a state that is unknown for a while is said to be',
    from: 'failures >= failuresBeforeMessage || isAppError',
    to: 'isAppError',
    named: 'a failed status command',
  },
  {
    ...follow,
    keeps: 'a refused key is not offered again at once',
    file: 'src/launcher/problems.ts',
    from: "isAppError(error, 'credential_refused') ? secondOfferMs : retryDelay(failures)",
    to: 'retryDelay(failures)',
    named: 'a refused key is not offered',
  },
  {
    ...follow,
    keeps: 'accounting that tells no names is believed by the number',
    file: 'src/launcher/head-job.ts',
    from: " ?? rows.find((job) => job.jobId === run.headJobId && job.jobName === '') ?? null",
    to: ' ?? null',
    named: 'tells no names',
  },
  {
    ...follow,
    keeps: 'a head job that still waits is removed at once',
    file: 'src/launcher/cancel.ts',
    from: "if (head.state === 'running' && !told) {",
    to: 'if (!told) {',
    named: 'still waits is simply removed',
  },
  {
    ...verdict,
    keeps: 'a run that finished while it was being cancelled has succeeded',
    from: 'if (run.cancelRequestedAt !== null && remains.exitStatus !== 0) {',
    to: 'if (run.cancelRequestedAt !== null) {',
    test: steps,
    named: 'finished all the same',
  },
  {
    ...verdict,
    keeps: 'what a failed task’s command said is the message of its run',
    from: 'told?.said ?? told?.cause ??',
    to: 'told?.cause ?? told?.said ??',
    named: 'a task that ended the run',
  },
  {
    ...verdict,
    keeps: 'of a mistake in the script the first line is the message',
    from: '?? firstLine(report)',
    to: '?? report',
    named: 'a mistake in the script',
  },
  {
    ...verdict,
    keeps: 'a head job that somebody cancelled on the cluster has not failed',
    from: "status: ending.state === 'cancelled' ? 'CANCELLED' : 'FAILED',",
    to: "status: 'FAILED',",
    named: 'is told apart',
  },
  {
    ...verdict,
    keeps: 'the signal that ended a head job is said',
    from: 'return job.signal\n',
    to: 'return job.exitCode\n',
    named: 'no word of the scheduler',
  },
  {
    keeps: 'after many failures a run is still tried every minute',
    file: 'src/launcher/pace.ts',
    from: '60_000) * (0.8',
    to: '6_000_000) * (0.8',
    test: 'src/launcher/pace.test.ts',
    named: 'failures are retried',
  },
  {
    ...queueView,
    keeps: 'a job that does something else is looked at more often again',
    file: 'src/launcher/follow.ts',
    from: '...(changed && { changedAt: now })',
    to: '',
    named: 'intervals grow',
  },
  {
    ...queueView,
    keeps: 'a job that is over is no sign of a reader that sees too little',
    file: 'src/launcher/queue-view.ts',
    from: 'runs.filter((run) => !headJobOf(run, answer.jobs) && livesIn(run, jobs)) : [];',
    to: 'runs.filter((run) => !headJobOf(run, answer.jobs)) : [];',
    named: 'shows no more is asked for',
  },
  {
    ...submit,
    keeps: 'a run reports over HTTP where both ways are asked for',
    from: "(config.reporting ?? defaultReporting) !== 'ssh'",
    to: "(config.reporting ?? defaultReporting) === 'http'",
    test: 'src/launcher/reporting.test.ts',
    named: 'gets an address',
  },
];
