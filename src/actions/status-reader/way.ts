/** A status reader's way to its cluster: its own key, its own account, and the one command that its channel can carry. */
import { type ManagedIdentity, type StatusReader } from '#core/clusters.ts';
import { AppError, conflict } from '#core/errors.ts';
import { linuxUserRefusal } from '#core/linux-users.ts';
import { type Platform, schedulerNames } from '#core/platforms.ts';
import type { ReaderTarget } from '#core/ports/cluster-access.ts';
import type { SchedulerDriver } from '#core/ports/scheduler.ts';
import type { Signer } from '#core/ports/signer.ts';
import type { Store } from '#core/ports/store.ts';
import type { Vault } from '#core/ports/vault.ts';
import type { Targets } from '../clusters/cluster-target.ts';
import { readerKeyPlace } from '../credentials/key-places.ts';

export interface ReaderWayDeps {
  store: Pick<Store, 'sealedValues'>;
  vault: Pick<Vault, 'signer'>;
  targets: Pick<Targets, 'forReader'>;
  drivers: ReadonlyMap<Platform, SchedulerDriver>;
}

export const createReaderWay = ({ store, vault, targets, drivers }: ReaderWayDeps) => {
  /** @throws AppError 409 where no driver knows the scheduler */
  const commandFor = ({ platform }: Pick<ManagedIdentity, 'platform'>): string => {
    const command = drivers.get(platform)?.readerCommand;
    if (command === undefined)
      throw conflict(
        `Nothing can be launched on ${schedulerNames[platform]} yet, so there is nothing to read`,
      );
    return command;
  };

  /** With a key that is, or may become, the reader's. @throws AppError 409, `host_key_*` */
  const withKey = async (
    identity: ManagedIdentity,
    reader: { linuxUser: string; signer: Signer; credentialKey: string },
  ): Promise<ReaderTarget> => {
    const refusal = linuxUserRefusal(reader.linuxUser, identity.allowedSystemUsers);
    if (refusal !== undefined) throw conflict(`Managed identity ${identity.name}: ${refusal}`);
    return { ...(await targets.forReader(identity, reader)), readerCommand: commandFor(identity) };
  };

  return {
    commandFor,
    withKey,
    /** @throws AppError `sealed_value_broken`, 409, `host_key_*` */
    of: async (identity: ManagedIdentity, reader: StatusReader): Promise<ReaderTarget> => {
      const place = readerKeyPlace(reader);
      const sealed = await store.sealedValues.get(place);
      if (!sealed)
        throw new AppError(
          'sealed_value_broken',
          500,
          `The sealed key of ${place.table} ${place.record} is missing`,
        );
      return withKey(identity, {
        linuxUser: reader.linuxUser,
        signer: vault.signer(place, sealed, reader.key),
        credentialKey: `reader:${reader.identityId}@${reader.keyVersion}`,
      });
    },
  };
};

export type ReaderWay = ReturnType<typeof createReaderWay>;
