/** Reconciler of phase `submit`: files and head job are placed by one command that may be sent again at will. */
import { createHash } from 'node:crypto';
import { type AppError, isAppError } from '#core/errors.ts';
import { defaultReporting } from '#core/grid-config.ts';
import type { SecretValue } from '#core/pipeline-secrets.ts';
import type { ClusterTarget } from '#core/ports/cluster-access.ts';
import type { SubmitOutcome } from '#core/ports/scheduler.ts';
import type { Run, RunPatch } from '#core/runs.ts';
import { createDatasets } from './datasets.ts';
import type { LauncherDeps } from './deps.ts';
import { nextLook, retryDelay } from './pace.ts';
import { isFinal, isUnreachable, parked, sentence, whileUnreachable } from './problems.ts';
import type { RunWriter } from './run-writer.ts';

/** Stands in `jobState` from before the command is sent: from then on a head job may exist. */
export const submitting = 'SUBMITTING';

const fingerprint = (target: ClusterTarget): string =>
  `SHA256:${createHash('sha256').update(target.signer.publicBlob).digest('base64').replace(/=+$/, '')}`;

const failed = (errorMessage: string) =>
  ({ status: 'FAILED', exitStatus: null, errorMessage, errorReport: null }) as const;

const mayReport = ({ snapshot: { config } }: Run): boolean =>
  (config.reporting ?? defaultReporting) !== 'ssh';

/** Sends the submission once. Also settles, for a cancellation, whether a head job exists: that needs no secrets. */
export const createSubmission =
  (deps: LauncherDeps) =>
  async (
    run: Run,
    target: ClusterTarget,
    pipelineSecrets: readonly SecretValue[] = [],
  ): Promise<SubmitOutcome> => {
    const driver = deps.drivers.get(run.snapshot.platform);
    if (!driver) return { kind: 'refused', reason: `No launching on ${run.snapshot.platform} yet.` };
    const report = mayReport(run) ? await deps.reportOf(run) : null;
    const command = driver.submit({
      runId: run.id,
      runName: run.runName,
      sessionId: run.sessionId,
      launch: run.launch,
      snapshot: run.snapshot,
      resume: run.launch.resume === true,
      workspaceId: run.workspaceId,
      apiEndpoint: report?.apiEndpoint ?? null,
      secretEnvironment: report ? { LATCHKEY_RUN_TOKEN: report.token } : {},
      pipelineSecrets,
      sentSecondsAgo:
        run.jobState === submitting ? Math.ceil((deps.clock.now() - run.createdAt) / 1_000) : null,
    });
    return driver.parseSubmit(
      await deps.clusters.run(target, { ...command, kind: 'submit', ticket: run.id }),
    );
  };

/** Reached, or stopped by its owners: what was out of reach before does not count any more. */
const forgetOutage = ({ facts: { unreachableSince: _, ...facts } }: Run): RunPatch => ({ facts });

export const createSubmitStep = (deps: LauncherDeps, writer: RunWriter) => {
  const submission = createSubmission(deps);
  const placeDatasets = createDatasets(deps);

  const retry = (run: Run, message: string, jobState: string | null) => {
    const failures = run.failures + 1;
    return writer.write(run, {
      jobState,
      failures,
      messages: [message],
      dueAt: deps.clock.now() + retryDelay(failures),
    });
  };

  /** What was handed over before is settled later; this try has sent nothing. */
  const park = (
    run: Run,
    waiting: { message: string; delayMs: number },
    sentBefore: boolean,
    patch: RunPatch = {},
  ) =>
    writer.write(run, {
      jobState: sentBefore ? submitting : null,
      ...patch,
      messages: [waiting.message],
      dueAt: deps.clock.now() + waiting.delayMs,
    });

  /** Its cluster cannot be reached, and nothing has been handed over. */
  const waitFor = async (run: Run, error: AppError): Promise<void> => {
    const now = deps.clock.now();
    const failures = run.failures + 1;
    const { unreachableSince: since = now } = run.facts;
    const { message, delayMs } = whileUnreachable(error, { since, now, failures });
    if (delayMs === null) {
      await writer.end(run, failed(message), { jobState: null });
      return;
    }
    await writer.write(run, {
      jobState: null,
      failures,
      messages: [message],
      facts: { ...run.facts, unreachableSince: since },
      dueAt: now + delayMs,
    });
  };

  const settle = async (run: Run, outcome: SubmitOutcome, target: ClusterTarget): Promise<void> => {
    switch (outcome.kind) {
      case 'submitted':
        await writer.write(
          run,
          {
            phase: run.cancelRequestedAt === null ? 'follow' : 'cancel',
            headJobId: outcome.jobId,
            headDir: outcome.headDir,
            workDir: outcome.workDir,
            jobState: 'PENDING',
            messages: [],
            failures: 0,
            ...forgetOutage(run),
            dueAt: nextLook(deps.clock.now(), deps.clock.now()),
          },
          [
            {
              event:
                run.snapshot.credential.kind === 'managed' ? 'managed_credentials_used' : 'credentials_used',
              metadata: {
                credential: run.snapshot.credential.id,
                host: run.snapshot.hostName,
                linuxUser: target.userName,
                fingerprint: fingerprint(target),
              },
            },
            {
              event: 'workflow_submitted',
              metadata: { headJobId: outcome.jobId, how: outcome.how, headDir: outcome.headDir },
            },
          ],
        );
        return;
      case 'refused':
        await writer.end(run, failed(outcome.reason), { jobState: null, ...outcome.left });
        return;
      case 'unknown':
        await retry(
          run,
          `Submission to ${run.snapshot.hostName} is not settled yet: ${outcome.reason}`,
          submitting,
        );
    }
  };

  return async (taken: Run): Promise<void> => {
    let run = taken;
    const sentBefore = run.jobState === submitting;
    // Cancelled before anything was sent: there is nothing on the cluster to stop.
    if (run.cancelRequestedAt !== null && !sentBefore) {
      await writer.end(run, { status: 'CANCELLED', exitStatus: null, errorMessage: null, errorReport: null });
      return;
    }
    let begun = sentBefore;
    try {
      const target = await deps.targetFor(run.snapshot, sentBefore ? 'cancel' : 'launch');
      // Asked before anything is prepared: a run that waits for its turn costs nothing, and holds up nobody.
      const turn = deps.clusters.submissionTurn(target, run.id);
      if (turn) {
        await park(run, { message: turn.message, delayMs: turn.retryAfterMs }, sentBefore);
        return;
      }
      const secrets = await deps.secretsOf(run);
      if (!sentBefore) {
        // Durable at once: whatever becomes of the run, the clean-up policy finds them.
        await placeDatasets(run, target, async (left) => {
          if (run.headDir === null && (await writer.write(run, left))) run = { ...run, ...left };
        });
      }
      // Durable before the frame leaves: after a crash the far side is asked, not assumed empty.
      if (!sentBefore && !(await writer.write(run, { jobState: submitting }))) return;
      begun = true;
      await settle(run, await submission(run, target, secrets), target);
    } catch (error) {
      const waiting = parked(error);
      if (waiting) {
        await park(run, waiting, sentBefore, isAppError(error, 'cluster_suspended') ? forgetOutage(run) : {});
        return;
      }
      deps.log.warn(
        { run: run.id, host: run.snapshot.hostName, error: sentence(error) },
        'submission failed',
      );
      if (isFinal(error) && !sentBefore) {
        if (error.code === 'host_key_changed') await deps.noteHostKeyChange(run.snapshot);
        await writer.end(run, failed(error.message), { jobState: null });
      } else if (isUnreachable(error) && !sentBefore) {
        await waitFor(run, error);
      } else {
        await retry(run, sentence(error), begun ? submitting : null);
      }
    }
  };
};
