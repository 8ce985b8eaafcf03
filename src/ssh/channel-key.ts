/** What makes a channel this one and no other, and whose keys it takes. */
import type { ClusterTarget } from '#core/ports/cluster-access.ts';
import { isReader } from './reader.ts';

/** A target is never changed after it was made, and asked for with every command. */
const known = new WeakMap<ClusterTarget, string>();

const write = (target: ClusterTarget): string =>
  JSON.stringify([
    target.clusterKey,
    target.credentialKey,
    // What stands at the far end: a channel for questions is never one for commands.
    isReader(target) ? target.readerCommand : null,
    ...[...(target.through ?? []), target].map((host) => [
      host.hostName,
      host.port,
      host.userName,
      [...host.pins].sort(),
      Buffer.from(host.signer.publicBlob).toString('base64'),
    ]),
  ]);

/** Credentials whose keys a way takes, whatever their version: that of the cluster, and those of jump hosts. */
export const credentialsOf = ({ credentialKey, through = [] }: ClusterTarget): string[] =>
  [credentialKey, ...through.flatMap((host) => host.credentialKey ?? [])].map((key) =>
    key.replace(/@[^@]*$/, ''),
  );

/** Everything that makes a channel this one and no other: a changed address, user, pin or key never meets it. */
export const channelKey = (target: ClusterTarget): string => {
  const found = known.get(target) ?? write(target);
  known.set(target, found);
  return found;
};
