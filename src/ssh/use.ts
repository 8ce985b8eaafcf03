/** Counts what is done on clusters, where every channel is opened: logins, refused logins, and commands that were sent. */
import { isAppError } from '#core/errors.ts';
import type { UseKind } from '#core/ports/activity.ts';
import type { ClusterTarget, RemoteResult } from '#core/ports/cluster-access.ts';
import { NotSent } from './channel.ts';
import type { OpenChannel } from './pool.ts';
import { isReader } from './reader.ts';

/** `whose` is the part of a target that says for whom; it holds no key. */
export type OnUse = (
  whose: Pick<ClusterTarget, 'clusterKey' | 'member'> & { reader: boolean },
  what: UseKind,
) => void;

/** @returns opens as `open` does, and tells */
export const countUse =
  (open: OpenChannel, onUse: OnUse): OpenChannel =>
  async (target, ...more) => {
    const { clusterKey, member } = target;
    const whose = { clusterKey, ...(member !== undefined && { member }), reader: isReader(target) };
    /** What has certainly not reached the cluster goes to another channel, and is counted there. */
    const sent = async (what: UseKind, send: () => Promise<RemoteResult>): Promise<RemoteResult> => {
      let reached = true;
      try {
        return await send();
      } catch (error) {
        reached = !(error instanceof NotSent);
        throw error;
      } finally {
        if (reached) onUse(whose, what);
      }
    };
    try {
      const channel = await open(target, ...more);
      onUse(whose, 'connection');
      return {
        ...channel,
        run: (command) => sent(command.kind ?? 'other', () => channel.run(command)),
        ask: (question, how) => sent('status', () => channel.ask(question, how)),
      };
    } catch (error) {
      if (isAppError(error, 'credential_refused')) onUse(whose, 'refusal');
      throw error;
    }
  };
