/**
 * Budgets of clusters, at the one place where every command and every connection passes. What is free goes through at once;
 * what is not waits a few seconds, member by member in turn, and is then handed back with a sentence: nothing waits here
 * for long, and nothing that waits holds a connection.
 */
import { budgetOf } from '#core/budgets.ts';
import type { Clock } from '#core/clock.ts';
import { AppError } from '#core/errors.ts';
import type {
  ClusterTarget,
  RemoteCommand,
  RemoteResult,
  ScanTarget,
  Waiting,
} from '#core/ports/cluster-access.ts';
import { credentialsOf } from '../channel-key.ts';
import { createMeter, type Meter } from './meter.ts';

/** More clusters than this and those that are not in use are forgotten. */
const tidyAt = 1_000;

export interface Budgets {
  /** Runs a command when its turn has come. @throws AppError `budget_exhausted`: it was not sent */
  through(
    target: ClusterTarget,
    command: RemoteCommand,
    run: (command: RemoteCommand) => Promise<RemoteResult>,
  ): Promise<RemoteResult>;
  /** A place for a connection. @throws AppError `budget_exhausted` */
  connect(target: ClusterTarget | ScanTarget, makeRoom: () => void, signal: AbortSignal): Promise<() => void>;
  /** Does somebody wait for a connection? */
  crowded(target: ClusterTarget): boolean;
  submissionTurn(target: ClusterTarget, ticket: string): Waiting | undefined;
  /** Whoever waits for this cluster is told. */
  fail(clusterKey: string, error: Error): void;
}

const readsLogs = ({ kind }: RemoteCommand): boolean => kind === 'logs' || kind === 'progress';

const memberOf = (target: ClusterTarget | ScanTarget): string => {
  if (!('credentialKey' in target)) return 'host keys';
  return target.member === undefined ? (credentialsOf(target)[0] ?? '') : `user:${target.member}`;
};

export const createBudgets = ({ clock, patienceMs }: { clock: Clock; patienceMs: number }): Budgets => {
  const meters = new Map<string, Meter>();

  const meterOf = ({ clusterKey, cluster, hostName }: ScanTarget): Meter => {
    const meter = meters.get(clusterKey) ?? createMeter(clock, patienceMs);
    if (!meters.has(clusterKey) && meters.size >= tidyAt)
      for (const [key, old] of meters) if (old.idle()) meters.delete(key);
    meters.set(clusterKey, meter);
    meter.set(cluster?.name ?? hostName, cluster?.budget ?? budgetOf({}));
    return meter;
  };

  const submissionTurn: Budgets['submissionTurn'] = (target, ticket) =>
    meterOf(target).submission(memberOf(target), ticket);

  return {
    submissionTurn,
    connect: (target, makeRoom, signal) => meterOf(target).connect(memberOf(target), makeRoom, signal),
    crowded: ({ clusterKey }) => meters.get(clusterKey)?.crowded() ?? false,
    fail: (clusterKey, error) => meters.get(clusterKey)?.fail(error),
    async through(target, command, run) {
      const meter = meterOf(target);
      const member = memberOf(target);
      if (command.kind === 'submit') {
        const ticket = command.ticket ?? '';
        const waiting = submissionTurn(target, ticket);
        if (waiting)
          throw new AppError('budget_exhausted', 503, waiting.message, {
            details: { budget: 'submissionsPerMinute', retryAfterMs: waiting.retryAfterMs },
          });
        meter.useSubmission(ticket);
      }
      const { signal, onStdout } = command;
      await meter.command(member, signal);
      if (!readsLogs(command)) return run(command);
      await meter.reading(member, signal);
      if (onStdout) {
        const paced = async (chunk: Uint8Array): Promise<void> => {
          await meter.piece(member, chunk.length, signal);
          await onStdout(chunk);
        };
        return run({ ...command, onStdout: paced });
      }
      const result = await run(command);
      meter.charge(result.stdout.length);
      return result;
    },
  };
};
