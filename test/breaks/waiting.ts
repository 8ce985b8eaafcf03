/** Runs that wait, for a cluster, a turn or a file: nothing counts against them, and nothing of theirs is lost meanwhile. */
import type { Break } from './break.ts';

const waiting = 'src/launcher/waiting.test.ts';
const secrets = 'src/launcher/run-secrets.test.ts';
const outage = 'src/launcher/outage.test.ts';
const datasets = 'src/launcher/datasets.test.ts';
const silence = { file: 'src/launcher/silence.ts', test: 'src/launcher/silence.test.ts' };
const submit = 'src/launcher/submit.ts';
const problems = 'src/launcher/problems.ts';

const stopped: readonly Break[] = [
  {
    keeps: 'a suspended cluster is no failure of a run',
    file: problems,
    from: "  if (isAppError(error, 'cluster_suspended')) return { message: error.message, delayMs: suspendedLookMs };\n",
    to: '',
    test: waiting,
  },
  {
    keeps: 'a submission that was under way is asked for again when its cluster goes on',
    file: submit,
    from: 'jobState: sentBefore ? submitting : null,\n      ...patch',
    to: 'jobState: null,\n      ...patch',
    test: waiting,
    named: 'not taken for unsent',
  },
  {
    keeps: 'a run that waits for its turn sends nothing',
    file: submit,
    from: '      if (turn) {',
    to: '      if (turn && sentBefore) {',
    test: waiting,
    named: 'until its turn comes',
  },
  {
    keeps: 'a run that waits for the budget comes back when the budget says',
    file: problems,
    from: "typeof retryAfterMs === 'number' ? retryAfterMs : 1_000",
    to: 'suspendedLookMs',
    test: waiting,
    named: 'asked for again soon',
  },
  {
    keeps: 'an outage that is over is forgotten',
    file: submit,
    from: '            ...forgetOutage(run),\n',
    to: '',
    test: outage,
    named: 'started anew',
  },
  {
    keeps: 'time during which owners had stopped a cluster does not count against a run',
    file: submit,
    from: "isAppError(error, 'cluster_suspended') ? forgetOutage(run) : {}",
    to: '{}',
    test: outage,
    named: 'does not count',
  },
  {
    keeps: 'a run that waits for its cluster can be cancelled without it',
    file: submit,
    from: '      jobState: null,\n      failures,\n      messages: [message],\n      facts',
    to: '      jobState: submitting,\n      failures,\n      messages: [message],\n      facts',
    test: outage,
    named: 'cancelled while it waits',
  },
  {
    keeps: 'a host that shuts us out is asked more seldom',
    file: problems,
    from: 'isDropped(error) ? delay : Math.min(delay, longestRetryMs)',
    to: 'Math.min(delay, longestRetryMs)',
    test: outage,
    named: 'ban list',
  },
  {
    keeps: 'a launch goes out although other runs wait for an answer',
    file: 'src/launcher/loop.ts',
    from: 'Math.min(limit - inHand.size, mostHeld - held)',
    to: 'Math.min(limit - held, mostHeld - held)',
    test: 'src/launcher/loop.test.ts',
    named: 'a launch goes out',
  },
  {
    keeps: 'the form of a question is tried anew when it fails',
    file: 'src/launcher/queue-view.ts',
    from: '      forms.delete(target.clusterKey);\n',
    to: '',
    test: 'src/launcher/question-form.test.ts',
  },
  {
    ...silence,
    keeps: 'a run started by hand that is silent for days is closed',
    from: 'const lostAfterMs = 72 * 3_600_000;',
    to: 'const lostAfterMs = 72_000 * 3_600_000;',
    named: 'after days',
  },
  {
    ...silence,
    keeps: 'a run started by hand that never spoke is silent too',
    from: 'workflow.lastReportAt ?? run.createdAt',
    to: 'workflow.lastReportAt ?? clock.now()',
    named: 'never spoke',
  },
];

const carried: readonly Break[] = [
  {
    keeps: 'sealed secrets of a run are there until its submission is settled',
    file: 'src/launcher/run-writer.ts',
    from: 'usesSecrets(run.launch) && isSettled(patch)',
    to: 'usesSecrets(run.launch)',
    test: secrets,
    named: 'not before',
  },
  {
    keeps: 'secrets that do not open end a run',
    file: problems,
    from: "    'sealed_value_broken',\n",
    to: '',
    test: secrets,
    named: 'do not open',
  },
  {
    keeps: 'a run is not over before its secrets are gone from the cluster',
    file: 'src/launcher/collect.ts',
    from: 'await forgetSecrets(run, target, run.headDir);',
    to: 'await forgetSecrets(run, target, run.headDir).catch(() => null);',
    test: secrets,
    named: 'an outage keeps it',
  },
  {
    keeps: 'secrets that could not be removed are named',
    file: 'src/launcher/collect.ts',
    from: '[ended.errorMessage, left]',
    to: '[ended.errorMessage]',
    test: secrets,
    named: 'cannot be removed',
  },
  {
    keeps: 'secrets that nobody can remove any more are named',
    file: 'src/launcher/cancel.ts',
    from: '${why}${secrets}`',
    to: '${why}`',
    test: secrets,
    named: 'whose key is gone',
  },
  {
    keeps: 'a run without secrets costs its cluster no command for them',
    file: 'src/launcher/collect.ts',
    from: '    if (!usesSecrets(run.launch)) return null;\n',
    to: '',
    test: secrets,
    named: 'cost a run that has none',
  },
  {
    keeps: 'a dataset that is in its place is not sent on',
    file: 'src/launcher/datasets.ts',
    from: "      if (answer.kind === 'placed') return;\n",
    to: '',
    test: datasets,
    named: 'all pieces',
  },
  {
    keeps: 'a dataset that is refused for good ends the run',
    file: 'src/launcher/datasets.ts',
    from: 'throw conflict(answer.reason);',
    to: "throw new AppError('unavailable', 503, answer.reason);",
    test: datasets,
    named: 'refuses for good',
  },
  {
    keeps: 'a dataset that is under way is no submission',
    file: submit,
    from: '      const secrets = await deps.secretsOf(run);\n',
    to: '      const secrets = await deps.secretsOf(run);\n      begun = true;\n',
    test: datasets,
    named: 'an outage is waited for',
  },
];

export const breaks: readonly Break[] = [...stopped, ...carried];
