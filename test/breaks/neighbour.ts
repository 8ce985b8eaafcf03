/** A neighbour that no cluster owner has to fear: intervals, one question for many, budgets, the breaker, the stop button. */
import type { Break } from './break.ts';

const pace = { file: 'src/launcher/pace.ts', test: 'src/launcher/pace.test.ts' };
const view = { file: 'src/launcher/queue-view.ts', test: 'src/launcher/queue-view.test.ts' };
const meter = { file: 'src/ssh/budget/meter.ts', test: 'src/ssh/budget/pacing.test.ts' };
const refusals = { file: 'src/ssh/refused-keys.ts', test: 'src/ssh/refused-keys.test.ts' };
const breaker = { file: 'src/ssh/breaker.ts', test: 'src/ssh/breaker.test.ts' };
const patience = { file: 'src/ssh/patience.ts', test: 'src/ssh/patience.test.ts' };
const activity = { file: 'src/actions/activity/recorder.ts', test: 'src/actions/activity/recorder.test.ts' };

export const breaks: readonly Break[] = [
  {
    ...pace,
    keeps: 'intervals grow while nothing changes',
    from: 'const interval = gridInterval((now - changedAt) / 10);',
    to: 'const interval = gridInterval(shortest);',
  },
  {
    ...pace,
    keeps: 'intervals are steps of one grid, so that runs of a member are asked for together',
    from: 'return (Math.floor(now / interval) + 1) * interval;',
    to: 'return now + interval;',
  },
  {
    ...pace,
    keeps: 'members of a large cluster do not all read at the same moment',
    from: 'const offset = share > shortest ? offsetOf(crowd.member, interval) : 0;',
    to: 'const offset = 0;',
  },
  {
    ...pace,
    keeps: 'the more members a cluster has, the seldomer each is read',
    from: '  while (interval < share && interval < longest) interval *= 2;\n',
    to: '',
  },
  {
    ...view,
    keeps: 'with a status reader, one command for each cluster and interval',
    from: '      view.asking ??= ask(',
    to: '      view.asking = ask(',
  },
  {
    ...view,
    keeps: 'a status reader is believed only in that a job lives',
    from: 'if (answer && runs.every((run) => livesIn(run, answer.jobs))) {',
    to: 'if (answer) {',
  },
  {
    ...view,
    keeps: "a job of the same number and name is another's unless the user is the same",
    from: " && (job.linuxUser ?? '') === userOf(run)",
    to: '',
  },
  {
    ...view,
    keeps: 'a status reader that is not shown a job is noticed',
    from: 'if (answer && missed.length > 0) view.hidden.set(user, clock.now() + hiddenMs);',
    to: 'if (answer && missed.length > 1_000) view.hidden.set(user, clock.now() + hiddenMs);',
  },
  {
    ...view,
    keeps: 'what a status reader is not shown is said to the member',
    from: 'return { jobs, note: hiddenNow(view, user) ? hiddenNote : null };',
    to: 'return { jobs, note: null };',
  },
  {
    ...meter,
    keeps: 'budgets: what is read of logs in one go counts as well',
    from: '    charge,\n    submission(',
    to: '    charge: () => {},\n    submission(',
  },
  {
    ...meter,
    keeps: "budgets: an owner's change counts at once, for those who wait too",
    from: 'for (const queue of Object.values(queues)) queue.poke();',
    to: '{ }',
  },
  {
    ...meter,
    file: 'src/ssh/budget/window.ts',
    keeps: 'budgets: "within any minute", not "in each minute of the clock"',
    from: 'oldest.at <= now - spanMs',
    to: 'Math.floor(oldest.at / spanMs) < Math.floor(now / spanMs)',
  },
  {
    ...meter,
    file: 'src/ssh/budget/window.ts',
    keeps: 'promise 21: a tenth of a budget is kept for members who had nothing',
    from: 'counts.has(member) ? most - reserveOf(most) : most',
    to: 'most',
  },
  {
    ...meter,
    file: 'src/ssh/budget/fair-queue.ts',
    keeps: 'promise 21: members who wait are served in turn, not whoever came first with all of theirs',
    from: '    members.delete(member);\n    const first',
    to: '    const first',
  },
  {
    ...meter,
    file: 'src/ssh/budget/fair-queue.ts',
    keeps: 'budgets: whoever waits too long is told, and waits no longer',
    from: 'const patience = Number.isFinite(limitMs) ? setTimeout(() => leave(late()), limitMs) : undefined;',
    to: 'const patience = Number.isFinite(limitMs) ? setTimeout(() => reject(late()), limitMs) : undefined;',
  },
  {
    ...meter,
    file: 'src/ssh/budget/turns.ts',
    keeps: 'budgets: a turn to submit is used once',
    from: 'use: (ticket) => granted.delete(ticket),',
    to: 'use: (ticket) => granted.has(ticket),',
  },
  {
    ...meter,
    file: 'src/ssh/budget/turns.ts',
    keeps: 'budgets: who does not come back is not waited for',
    from: 'if (askedAt < old) tickets.delete(ticket);',
    to: '{ }',
  },
  {
    ...meter,
    file: 'src/ssh/budget/turns.ts',
    keeps: "promise 21: another member's first submission goes before the rest of a burst",
    from: 'before += Math.min(Math.max(rounds, 0), tickets.size);',
    to: 'before += earlier ? tickets.size : 0;',
  },
  {
    ...refusals,
    keeps: 'promise 21: a key that was refused twice is not offered again',
    from: 'if (count >= refusalsAtMost) throw blocked(target, offer, count);',
    to: 'if (count > refusalsAtMost) throw blocked(target, offer, count);',
  },
  {
    ...refusals,
    keeps: 'an accepted key is counted anew',
    from: 'await store.forget(refused).catch(',
    to: 'await store.forget([]).catch(',
  },
  {
    ...refusals,
    keeps: 'a check by hand offers a key that rests',
    from: 'target.check?.byHand ? [] : offers',
    to: 'offers',
  },
  {
    ...refusals,
    keeps: 'a refusal counts against the key that was refused, not the one behind the jump host',
    from: "      host.hostName === details['host'] &&",
    to: "      host.hostName !== details['host'] &&",
  },
  {
    ...refusals,
    keeps: 'a refusal tells whether the key is offered again',
    from: 'resting: refusals >= refusalsAtMost',
    to: 'resting: true',
  },
  {
    keeps: 'a check by hand that is refused once does not stop launches',
    file: 'src/actions/credentials/managed-credentials.ts',
    from: "status: proof.offeredAgain ? 'unverified' : 'refused',",
    to: "status: 'refused',",
    test: 'src/actions/credentials/managed-credentials.real.test.ts',
    named: 'refused once',
  },
  {
    keeps: 'an owner who resumes an identity lets keys count as untried that a check had refused',
    file: 'src/actions/clusters/suspensions.ts',
    from: "    status: 'unverified' as const,\n",
    to: "    status: 'refused' as const,\n",
    test: 'src/api/suspensions.real.test.ts',
    named: 'offered again',
  },
  {
    keeps: 'an owner who resumes an identity has a status reader checked again that had been refused',
    file: 'src/actions/clusters/suspensions.ts',
    from: '      if (readerReset) deps.onReaderReset(caller, scope, id);\n',
    to: '',
    test: 'src/actions/status-reader/status-reader.real.test.ts',
    named: 'SQLite.*counts again once it is let in',
  },
  {
    keeps: 'a status reader that had been refused is untried where the cluster is away',
    file: 'src/actions/clusters/suspensions.ts',
    from: '    await statusReaders.update(id, untried(reader));\n',
    to: '',
    test: 'src/actions/status-reader/status-reader.real.test.ts',
    named: 'SQLite.*untried, not refused',
  },
  {
    ...breaker,
    keeps: 'a host that refuses connections is left alone for longer each time',
    from: 'Math.min(before * 2, limits.maxBackOffMs)',
    to: 'Math.min(before, limits.maxBackOffMs)',
  },
  {
    ...breaker,
    keeps: 'a host that is back is dialled at once',
    from: '      hosts.delete(hostKey(target));\n    },\n    failed',
    to: '    },\n    failed',
  },
  {
    ...breaker,
    keeps: 'an unreachable host holds up nobody on another one',
    from: '`${hostName}:${port}`;\n  const tidy',
    to: '`${port}`;\n  const tidy',
  },
  {
    ...patience,
    keeps: 'a ban list is not prolonged: from then on one connection a try',
    from: ' || (vain.get(host) ?? 0) > clock.now()',
    to: '',
  },
  {
    ...patience,
    keeps: 'a refused login is not tried again in the same breath',
    from: 'if (!isDropped(error)) throw error;',
    to: "if (isAppError(error, 'host_unreachable') && !isDropped(error)) throw error;",
  },
  {
    keeps: 'promise 21: a channel that is always busy makes room for another member',
    file: 'src/ssh/pool.ts',
    from: '    entries.delete(oldest.key);\n    leaving.add(oldest);\n',
    to: '',
    test: 'src/ssh/budget/budgets.real.test.ts',
    named: 'keeps the only connection busy',
  },
  {
    ...activity,
    keeps: 'activity: what could not be written is written later',
    from: '      for (const count of written.values()) add(count);\n',
    to: '',
  },
  {
    ...activity,
    keeps: "activity: a reader's questions are nobody's",
    from: 'const userId = reader ? 0 : (member ?? 0);',
    to: 'const userId = member ?? 0;',
  },
  {
    ...activity,
    keeps: 'activity: old hours go',
    from: 'if (hour > prunedHour) await store.activity.prune(hour - shownHours);',
    to: '',
  },
  {
    keeps: 'a suspended cluster: whoever waits for it is told, and a way over it is closed as well',
    file: 'src/ssh/suspended.ts',
    from: '  ...(target.through ?? []).flatMap((host) => host.keysOf ?? []),\n',
    to: '',
    test: 'src/ssh/suspend.real.test.ts',
  },
];
