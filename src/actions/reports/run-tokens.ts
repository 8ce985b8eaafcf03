/**
 * A run's own token: `base64('{"run":"<id>"}.' + secret in hex)`, the shape that Nextflow's plugin sends as Bearer. It
 * reports on that run and does nothing else, and works exactly as long as the run can: queue waits and long tasks
 * outlive any term that one could set, so there is nothing to refresh. Of its secret a hash alone is kept.
 */
import { systemCaller } from '#core/caller.ts';
import type { Clock } from '#core/clock.ts';
import type { User } from '#core/people.ts';
import type { TokenSecrets } from '#core/ports/secrets.ts';
import type { Store } from '#core/ports/store.ts';
import type { Run } from '#core/runs.ts';
import { auditEvent } from '../audit.ts';

export interface RunTokenDeps {
  store: Pick<Store, 'runs' | 'runTokens' | 'users' | 'transaction'>;
  clock: Clock;
  secrets: TokenSecrets;
}

const tokenPattern = /^\{"run":"([A-Za-z0-9]{1,16})"\}\.([0-9a-f]{64})$/;

const readToken = (text: string): { runId: string; secret: string } | undefined => {
  if (text.length > 200 || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined;
  const [, runId, secret] = tokenPattern.exec(Buffer.from(text, 'base64').toString('latin1')) ?? [];
  return runId && secret ? { runId, secret } : undefined;
};

export const createRunTokenActions = ({ store, clock, secrets }: RunTokenDeps) => ({
  /**
   * One more token for a run, for whoever submits it: nobody knows which of several tries will have arrived, so all of
   * them work.
   * @returns the token itself, this once
   */
  async issue(
    run: Pick<Run, 'id' | 'userId' | 'runName' | 'organisationId' | 'workspaceId'>,
  ): Promise<string> {
    const secret = Buffer.from(secrets.newSecret(32), 'base64url').toString('hex');
    const now = clock.now();
    await store.transaction(async (tables) => {
      await tables.runTokens.insert({ hash: secrets.hashSecret(secret), runId: run.id, createdAt: now });
      const target = {
        type: 'run_token',
        id: run.id,
        name: run.runName,
        organisationId: run.organisationId || null,
        workspaceId: run.workspaceId,
        userId: run.userId,
      };
      const event = auditEvent(systemCaller(run.id), { event: 'access_token_created', target });
      await tables.audit.append(event, now);
    });
    return Buffer.from(`{"run":"${run.id}"}.${secret}`, 'utf8').toString('base64');
  },

  /** The run that it reports on, and on whose behalf; undefined for whatever is not a valid one, or not any more. */
  async verify(text: string): Promise<{ user: User; runId: string } | undefined> {
    const claimed = readToken(text);
    if (!claimed) return undefined;
    const runId = await store.runTokens.findRun(secrets.hashSecret(claimed.secret));
    const run = runId === claimed.runId ? await store.runs.find(runId) : undefined;
    if (!run || run.phase === 'done') return undefined;
    const user = await store.users.find(run.userId);
    return user && { user, runId: run.id };
  },
});

export type RunTokenActions = ReturnType<typeof createRunTokenActions>;
