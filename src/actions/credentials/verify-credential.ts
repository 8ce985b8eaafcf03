/**
 * Proof that a key opens the promised account (promise 15): the cluster itself is asked who has logged in. What it
 * cannot be asked stays unproved; only the cluster's own word refuses a key.
 */
import { linuxUserRefusal } from '#core/linux-users.ts';
import type { Platform } from '#core/platforms.ts';
import type { ClusterAccess, ClusterTarget } from '#core/ports/cluster-access.ts';
import type { AccountProbe, AccountReport, SchedulerDriver } from '#core/ports/scheduler.ts';
import { findingsOf, notLaunchable } from './account-findings.ts';
import { createProofChannel, type NoProof } from './proof-channel.ts';

export type Proof =
  /** The cluster said that it is the promised user. */
  { kind: 'proved'; report: AccountReport; findings: string[] } | NoProof;

export interface ProofRequest {
  /** User number of who wants to know: refusals are counted against them. */
  askedBy: number;
  /** Called when it is time to connect; what it throws is part of the proof. */
  target(): Promise<ClusterTarget>;
  /** Nobody has asked for this key to be tried: it is not where it was refused twice. */
  unattended?: boolean;
  platform: Platform;
  /** As configured; variables are filled in on the cluster. */
  workDir: string | null;
}

/** @returns never throws for what the cluster does */
export type Prove = (request: ProofRequest) => Promise<Proof>;

/** The probe itself: somebody is waiting for the answer. */
const probeLimitMs = 15_000;

export interface ProofDeps {
  clusters: Pick<ClusterAccess, 'run' | 'closeChannels'>;
  drivers: ReadonlyMap<Platform, SchedulerDriver>;
  /** For schedulers without a driver: everything but the scheduler can be looked at. */
  accountProbe: AccountProbe;
  /** The cluster showed another host key than the pinned ones. */
  noteHostKeyChange(clusterKey: string): Promise<void>;
}

export const createProve = ({ clusters, drivers, accountProbe, noteHostKeyChange }: ProofDeps): Prove => {
  const connect = createProofChannel({ clusters, noteHostKeyChange });

  const wrongUser = (target: ClusterTarget, user: string): Proof => ({
    kind: 'refused',
    message: `The login as ${target.userName} on ${target.hostName} ended up as "${user}": this key opens another account.`,
  });

  const ask = async (
    target: ClusterTarget,
    { platform, workDir }: ProofRequest,
    signal: AbortSignal,
  ): Promise<Proof> => {
    const driver = drivers.get(platform);
    const { probe, parseProbe } = driver ?? accountProbe;
    const command = probe({ workDir });
    const result = await clusters.run(target, {
      ...command,
      kind: 'verify',
      timeoutMs: Math.min(command.timeoutMs, probeLimitMs),
      signal,
    });
    if (result.timedOut) {
      const limit = `${probeLimitMs / 1000} s`;
      return {
        kind: 'unproved',
        message: `${target.hostName} let ${target.userName} in but did not answer within ${limit}.`,
      };
    }
    let report: AccountReport;
    try {
      report = parseProbe(result);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return {
        kind: 'unproved',
        message: `${target.hostName} let ${target.userName} in, but its answer cannot be read: ${why}`,
      };
    }
    if (report.linuxUser !== target.userName) return wrongUser(target, report.linuxUser);
    // A system account's name got this far because the identity's policy names it.
    if (report.uid === 0 && linuxUserRefusal(report.linuxUser) === undefined) {
      return {
        kind: 'refused',
        message: `${report.linuxUser} is root on ${target.hostName} under another name; give the member's own Linux user.`,
      };
    }
    const findings = findingsOf(report, driver && platform, target.hostName);
    return { kind: 'proved', report, findings: driver ? findings : [...findings, notLaunchable(platform)] };
  };

  return (request) =>
    connect(request.target, (target, signal) => ask(target, request, signal), !request.unattended);
};
