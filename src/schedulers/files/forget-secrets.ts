/** After a run that brought secrets: its launcher removes them, but not when it was killed or never began. */
import type { RemoteResult } from '#core/ports/cluster-access.ts';
import type { CommandText } from '#core/ports/scheduler.ts';
import { answerFields, complaint, farSide } from '../far-side/far-side.ts';

const script = ['far-side/answer', 'files/forget'].map(farSide).join('');

/** Safe to send again and again. */
export const forgetSecrets = (run: { runId: string; headDir: string }): CommandText => ({
  argv: ['sh', '-c', script, 'latchkey', run.runId, run.headDir],
  timeoutMs: 60_000,
  maxOutputBytes: 65_536,
});

/** null: they are gone; else what is left, in a sentence. @throws Error when the answer is not whole */
export const parseForgotten = (result: RemoteResult): string | null => {
  const fields = answerFields(result);
  if (!fields) throw new Error(`Whether the run's secrets are gone is not known: ${complaint(result)}`);
  const { left } = fields;
  return left === undefined ? null : `The run's secrets could not be removed from the cluster: ${left}`;
};
