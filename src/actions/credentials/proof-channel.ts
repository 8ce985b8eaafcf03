/** A login of its own for a proof, with an end: what clusters do there says something about a key, or nothing at all. */
import { randomUUID } from 'node:crypto';
import { type ErrorCode, isAppError } from '#core/errors.ts';
import type { ClusterAccess, ClusterTarget } from '#core/ports/cluster-access.ts';

export type NoProof =
  /** The cluster refused the key, or it opens another account. */
  | {
      kind: 'refused';
      message: string;
      /** Only once so far: it is offered again (`src/ssh/refused-keys.ts`). */
      offeredAgain?: true;
    }
  /** Not reached, not confirmed, not understood: nothing is known about the key. */
  | { kind: 'unproved'; message: string };

/** All of it, the login included: somebody is waiting for the answer. */
const wholeLimitMs = 30_000;

/** What clusters do, and what keeps us from asking them; anything else is a fault of ours and goes up. */
const aboutTheCluster = (code: ErrorCode): boolean =>
  /^(host_|credential_)/.test(code) || ['session_ended', 'channel_lost', 'conflict'].includes(code);

export const createProofChannel =
  ({
    clusters,
    noteHostKeyChange,
  }: {
    clusters: Pick<ClusterAccess, 'closeChannels'>;
    /** The cluster showed another host key than the pinned ones. */
    noteHostKeyChange(clusterKey: string): Promise<void>;
  }) =>
  async <Target extends ClusterTarget, Outcome>(
    find: () => Promise<Target>,
    ask: (target: Target, signal: AbortSignal) => Promise<Outcome>,
    /** A person wants to know: a key that was refused twice is tried once more. */
    byHand = true,
  ): Promise<Outcome | NoProof> => {
    const limit = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    // A channel of its own: an open one would prove what was true yesterday.
    const proof = `proof:${randomUUID()}`;
    try {
      const found = await find();
      const target = { ...found, credentialKey: `${proof}@1`, check: { of: found.credentialKey, byHand } };
      const tooLong = new Promise<NoProof>((resolve) => {
        timer = setTimeout(() => {
          limit.abort();
          const message = `${target.hostName} did not finish the login and the check within ${wholeLimitMs / 1000} s.`;
          resolve({ kind: 'unproved', message });
        }, wholeLimitMs);
      });
      const asked = ask(target, limit.signal).catch(async (error: unknown) => {
        if (isAppError(error, 'host_key_changed')) await noteHostKeyChange(target.clusterKey);
        throw error;
      });
      return await Promise.race([asked, tooLong]);
    } catch (error) {
      if (!isAppError(error) || !aboutTheCluster(error.code)) throw error;
      const refused = error.code === 'credential_refused' || error.code === 'credential_blocked';
      if (!refused) return { kind: 'unproved', message: error.message };
      const offeredAgain = error.details['resting'] === false;
      return { kind: 'refused', message: error.message, ...(offeredAgain && { offeredAgain }) };
    } finally {
      clearTimeout(timer);
      clusters.closeChannels({ credential: proof });
    }
  };
