/** The vault: seals keys and texts, signs. No call of it returns a private key. */
import { generateKeyPairSync } from 'node:crypto';
import type { Signer } from '#core/ports/signer.ts';
import type { Vault } from '#core/ports/vault.ts';
import { acceptKey } from './key-formats/check-key.ts';
import { publicBlobOf } from './public-blob.ts';
import { createKeyRing, open, seal, sealedValueBroken } from './seal.ts';
import { signSsh, takeKey } from './sign.ts';
import { createKeyOpener, type WorkerPoolOptions } from './worker-pool.ts';

export interface VaultOptions {
  /** 32 bytes from `loadRootKey` or `createRootKey`; not kept, the caller may wipe them afterwards. */
  rootKey: Uint8Array;
  /** Earlier root keys, under which stored values may still be sealed. */
  olderRootKeys?: readonly Uint8Array[];
  workers?: WorkerPoolOptions;
}

/** `close` ends the worker threads and wipes the wrap keys; nothing opens or signs after it. */
export const createVault = (options: VaultOptions): Vault & { close(): Promise<void> } => {
  const ring = createKeyRing(options.rootKey, options.olderRootKeys);
  const opener = createKeyOpener(options.workers);

  const signer: Vault['signer'] = (place, sealed, facts): Signer => {
    const publicBlob = Buffer.from(facts.publicKey.split(' ')[1] ?? '', 'base64');
    return {
      publicBlob,
      sign: async (data, flags) => {
        const key = takeKey(open(ring, 'private key', place, sealed));
        if (!publicBlobOf(key).equals(publicBlob))
          throw sealedValueBroken(place, 'the public key stored beside it belongs to another key.');
        return await signSsh(key, data, flags);
      },
    };
  };

  return {
    sealPrivateKey: async (place, pasted, passphrase) => {
      const { pkcs8, facts } = await opener.open(pasted, passphrase);
      try {
        return { sealed: seal(ring, 'private key', place, pkcs8), facts };
      } finally {
        pkcs8.fill(0);
      }
    },
    generateKey: (place) => {
      const { pkcs8, facts } = acceptKey(generateKeyPairSync('ed25519').privateKey);
      try {
        return { sealed: seal(ring, 'private key', place, pkcs8), facts };
      } finally {
        pkcs8.fill(0);
      }
    },
    reseal: (from, sealed, to) => {
      if (from.organisationId !== to.organisationId)
        throw sealedValueBroken(from, 'a key never moves to another organisation.');
      const plain = open(ring, 'private key', from, sealed);
      try {
        return seal(ring, 'private key', to, plain);
      } finally {
        plain.fill(0);
      }
    },
    signer,
    sealText: (place, text) => {
      const plain = Buffer.from(text, 'utf8');
      try {
        return seal(ring, 'text', place, plain);
      } finally {
        plain.fill(0);
      }
    },
    openText: (place, sealed) => {
      const plain = open(ring, 'text', place, sealed);
      try {
        return plain.toString('utf8');
      } finally {
        plain.fill(0);
      }
    },
    close: async () => {
      await opener.close();
      ring.wipe();
    },
  };
};
