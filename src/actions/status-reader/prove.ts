/** Proof of a status reader: the cluster says who has logged in (promise 15), and its scheduler answers. */
import type { Platform } from '#core/platforms.ts';
import type { ClusterAccess, ReaderTarget } from '#core/ports/cluster-access.ts';
import type { SchedulerDriver } from '#core/ports/scheduler.ts';
import { createProofChannel, type NoProof } from '../credentials/proof-channel.ts';

export type ReaderProof = { kind: 'proved'; findings: string[] } | NoProof;

export interface ReaderProofRequest {
  /** User number of who wants to know: refusals are counted against them. */
  askedBy: number;
  platform: Platform;
  target(): Promise<ReaderTarget>;
}

const answerLimitMs = 15_000;

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString().trim();

export const createProveReader = (deps: {
  clusters: Pick<ClusterAccess, 'askReader' | 'closeChannels'>;
  drivers: ReadonlyMap<Platform, SchedulerDriver>;
  noteHostKeyChange(clusterKey: string): Promise<void>;
}) => {
  const { clusters, drivers } = deps;
  const connect = createProofChannel(deps);

  /** What its scheduler has to say, where that is no whole answer. */
  const findingsOf = async (target: ReaderTarget, platform: Platform, signal: AbortSignal) => {
    const question = { ask: 'jobs', linuxUsers: [target.userName] } as const;
    const answer = await clusters.askReader(target, question, { timeoutMs: answerLimitMs, signal });
    try {
      drivers.get(platform)?.parseStatus(answer);
      return [];
    } catch (error) {
      return [`The scheduler does not answer it: ${error instanceof Error ? error.message : String(error)}`];
    }
  };

  const ask = async (target: ReaderTarget, platform: Platform, signal: AbortSignal): Promise<ReaderProof> => {
    const answer = await clusters.askReader(target, { ask: 'who' }, { timeoutMs: answerLimitMs, signal });
    const [, name, uid] = /^(\S+) (\d+)$/.exec(text(answer.stdout)) ?? [];
    if (answer.timedOut || name === undefined)
      return {
        kind: 'unproved',
        message: `${target.hostName} let ${target.userName} in but did not say who that is.`,
      };
    if (name !== target.userName)
      return {
        kind: 'refused',
        message: `The login as ${target.userName} on ${target.hostName} ended up as "${name}": this key opens another account.`,
      };
    if (uid === '0')
      return {
        kind: 'refused',
        message: `${name} is root on ${target.hostName}; give an account that can do less.`,
      };
    return { kind: 'proved', findings: await findingsOf(target, platform, signal) };
  };

  return ({ target, platform }: ReaderProofRequest): Promise<ReaderProof> =>
    connect(target, (found, signal) => ask(found, platform, signal));
};
