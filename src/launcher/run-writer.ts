/** Fenced writes of a leased run, with the audit records that belong to them. */
import type { AuditEvent, AuditEventName } from '#core/audit.ts';
import { dueAfter, policyOf } from '#core/cleanup.ts';
import { runSecretsPlace, usesSecrets } from '#core/pipeline-secrets.ts';
import type { Reading } from '#core/ports/progress.ts';
import type { Tables } from '#core/ports/store.ts';
import { type Run, type RunPatch, startedByHand } from '#core/runs.ts';
import type { LauncherDeps } from './deps.ts';
import type { Verdict } from './verdict.ts';

export interface RunAudit {
  event: AuditEventName;
  metadata: Record<string, unknown>;
}

/** What a look has shown of a run that goes on. */
export interface Seen {
  run: Run;
  patch: RunPatch;
  /** Where it says something new. */
  reading?: Reading;
}

export interface RunWriter {
  /** False when the lease was lost: somebody else has the run now and nothing was written. */
  write(run: Run, patch: RunPatch, audits?: readonly RunAudit[]): Promise<boolean>;
  /** All of one look at once: a member's runs are looked at every two seconds, and each change alone would cost an fsync. */
  keep(seen: readonly Seen[]): Promise<void>;
  /** The run is over. */
  end(run: Run, verdict: Verdict, extra?: RunPatch): Promise<boolean>;
}

const lostLease = 'lost the lease of a run: nothing written';

/** The submission has arrived, or never will: nobody needs the run's sealed secrets any more. */
const isSettled = ({ headJobId, phase }: RunPatch): boolean => headJobId !== undefined || phase === 'done';

/** Most looks show nothing new: then it is their next time alone, the same for many runs. */
const changesOf = ({ run, patch }: Seen): string =>
  JSON.stringify(
    Object.fromEntries(
      Object.entries(patch).filter(
        ([name, value]) => JSON.stringify(value) !== JSON.stringify(run[name as keyof RunPatch]),
      ),
    ),
  );

/** What the launcher itself did to a run. */
export const runAudit = (run: Run, { event, metadata }: RunAudit): AuditEvent => ({
  event,
  correlationId: run.id,
  actor: { type: 'system', userId: null, userName: null, email: null },
  client: { ip: null, userAgent: null, accessTokenId: null },
  target: {
    type: 'workflow',
    id: run.id,
    name: run.runName,
    organisationId: run.organisationId || null,
    workspaceId: run.workspaceId,
    userId: run.userId,
  },
  state: { metadata },
});

/** Its files go some time after its end, where its policy says so and there are any. */
const planCleanup = async (tables: Pick<Tables, 'sessionCleanups'>, run: Run, now: number): Promise<void> => {
  const policy = policyOf(run.snapshot.config);
  const { id: runId, sessionId, headDir } = run;
  if (policy.cleanup === 'keep') await tables.sessionCleanups.drop(sessionId);
  else if (headDir !== null) {
    const dueAt = dueAfter(run.completedAt ?? now, policy);
    await tables.sessionCleanups.plan({ sessionId, runId, policy: policy.cleanup, dueAt });
  }
};

export const createRunWriter = ({
  store,
  clock,
  log,
}: Pick<LauncherDeps, 'store' | 'clock' | 'log'>): RunWriter => {
  const write: RunWriter['write'] = async (run, patch, audits = []) => {
    const now = clock.now();
    const held = await store.transaction(async (tables) => {
      const written = await tables.runs.updateFenced(run.id, run.fence, patch, now);
      if (written && usesSecrets(run.launch) && isSettled(patch)) {
        const { table, record } = runSecretsPlace(run);
        await tables.sealedValues.destroy(table, record);
      }
      if (written && patch.phase === 'done') {
        await tables.tasks.closeAll(run.id, now);
        await tables.runTokens.removeOfRun(run.id);
        if (!startedByHand(run)) await planCleanup(tables, { ...run, ...patch }, now);
      }
      for (const audit of written ? audits : []) await tables.audit.append(runAudit(run, audit), now);
      return written;
    });
    if (!held) log.warn({ run: run.id, fence: run.fence }, lostLease);
    return held;
  };

  const keep: RunWriter['keep'] = async (seen) => {
    const now = clock.now();
    const lost = await store.transaction(async ({ runs, readings }) => {
      const written = new Set<string>();
      for (const [changes, alike] of Map.groupBy(seen, changesOf)) {
        const patch = JSON.parse(changes) as RunPatch;
        const ids = await runs.updateAllFenced(
          alike.map(({ run }) => run),
          patch,
          now,
        );
        for (const id of ids) written.add(id);
      }
      const news = seen.flatMap(({ run: { id }, reading }) =>
        reading && written.has(id) ? [[id, reading] as const] : [],
      );
      await readings.keep(new Map(news));
      return seen.flatMap(({ run }) => (written.has(run.id) ? [] : [run]));
    });
    for (const { id, fence } of lost) log.warn({ run: id, fence }, lostLease);
  };

  return {
    write,
    keep,
    end: (run, verdict, extra = {}) => {
      log.info({ run: run.id, status: verdict.status, exitStatus: verdict.exitStatus }, 'run ended');
      return write(
        run,
        { ...verdict, ...extra, phase: 'done', messages: [], completedAt: clock.now(), failures: 0 },
        [
          {
            event: verdict.status === 'CANCELLED' ? 'workflow_cancelled' : 'workflow_completed',
            metadata: {
              status: verdict.status,
              exitStatus: verdict.exitStatus,
              headJobId: extra.headJobId ?? run.headJobId,
              host: run.snapshot.hostName,
              linuxUser: run.snapshot.linuxUser,
              ...(verdict.errorMessage ? { error: verdict.errorMessage } : {}),
            },
          },
        ],
      );
    },
  };
};
