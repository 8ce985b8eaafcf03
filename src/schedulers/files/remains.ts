/** What a run left behind: exit status, the launcher's own sentence, the end of its output, facts from its log. */
import type { RemoteResult } from '#core/ports/cluster-access.ts';
import type { CommandText, RunRemains } from '#core/ports/scheduler.ts';
import { complaint, farSide, fieldsOf, text } from '../far-side/far-side.ts';
import { logFacts } from '../progress/log-facts.ts';

const script = ['far-side/answer', 'files/remains'].map(farSide).join('');

/** One command that reads it all. */
export const readRemains = (run: { runId: string; headDir: string }): CommandText => ({
  argv: ['sh', '-c', script, 'latchkey', run.runId, run.headDir],
  timeoutMs: 60_000,
  maxOutputBytes: 131_072,
});

/** @throws Error when the answer is cut short: nothing is known then, least of all that the run failed */
export const parseRemains = (result: RemoteResult): RunRemains => {
  const stdout = Buffer.from(result.stdout);
  // The output's end may hold anything: what counts is what stands before the first end line.
  const [end] = /^latchkey: end ?(\d*)\n/m.exec(stdout.toString('latin1'))?.slice(1) ?? [];
  const head = stdout.toString('latin1').split(/^latchkey: end ?\d*\n/m, 1)[0]?.length ?? 0;
  const bodyStart = stdout.indexOf('\n', head) + 1;
  const body = stdout.subarray(bodyStart);
  if (end === undefined || result.timedOut || result.truncated || body.length < Number(end))
    throw new Error(`What the run left could not be read: ${complaint(result)}`);
  const fields = fieldsOf(stdout.subarray(0, head));
  const all = (name: string) => fields.filter(([key]) => key === name).map(([, value]) => value);
  const [exit = ''] = all('exit');
  return {
    exitStatus: /^\d+ ?$/.test(exit) ? Number(exit) : null,
    launcherMessage: all('message').join('\n') || null,
    started: all('started').length > 0,
    outputTail: text(body.subarray(0, Number(end))),
    facts: logFacts(all('log'), all('commit').at(-1)),
  };
};
