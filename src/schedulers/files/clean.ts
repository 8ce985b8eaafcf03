/** Removing what a session has left on its cluster, as its member, piece by piece. */
import type { Removal, RemovalOrder } from '#core/cleanup.ts';
import type { RemoteResult } from '#core/ports/cluster-access.ts';
import type { CommandText } from '#core/ports/scheduler.ts';
import { answerFields, complaint, farSide } from '../far-side/far-side.ts';

const script = ['far-side/answer', 'files/clean'].map(farSide).join('');

/** For so long one command removes; then others have their turn. */
const seconds = 30;

/** Of the lowest priority; safe to send again and again. */
export const cleanSession = (order: RemovalOrder, budget = seconds): CommandText => ({
  argv: [
    ...['nice', '-n', '19', 'sh', '-c', script, 'latchkey'],
    ...[order.runId, order.linuxUser, order.sessionId, order.headDir, order.workDir],
    ...[order.policy, String(budget)],
  ],
  timeoutMs: (budget + 60) * 1_000,
  maxOutputBytes: 65_536,
});

/** Anything that is not a whole answer is "unknown": it is asked again. */
export const parseCleaned = (result: RemoteResult): Removal => {
  const { outcome, reason = '', tasks, left = '' } = answerFields(result) ?? {};
  const counted = { tasks: Number(tasks ?? 0), left: Number.parseInt(left, 10) || 0 };
  const words = left.replace(/^\d+ ?/, '');
  if (outcome === 'done' || outcome === 'more' || outcome === 'gone')
    return { kind: outcome, ...counted, words };
  if (outcome === 'refused' || outcome === 'unknown') return { kind: outcome, reason };
  return { kind: 'unknown', reason: `Cleaning up gave no usable answer: ${complaint(result)}` };
};
