/** A database belongs to one root key: no other opens it, and none is made for it anew. */
import { type Settings, SettingsError } from './settings.ts';

/** @throws SettingsError when the database was made with another root key, or its root key is missing (promise 7) */
export const checkRootKey = (
  settings: Pick<Settings, 'rootKeyFile'>,
  key: Buffer | undefined,
  proof: string | undefined,
  verify: (key: Buffer, proof: string) => boolean,
): void => {
  if (proof === undefined) return;
  const cure = `Put your copy of it there, or point LATCHKEY_ROOT_KEY_FILE at it. Nothing was changed.`;
  if (key === undefined) {
    throw new SettingsError(`The root key of this database is not at ${settings.rootKeyFile}. ${cure}`);
  }
  if (!verify(key, proof)) {
    throw new SettingsError(
      `${settings.rootKeyFile} is not the root key that this database was made with. ${cure}`,
    );
  }
};
