/**
 * What the agent of one channel answers to one connection of `ssh`, without any I/O. It is the second lock behind
 * ssh's own check of the host key: the one identity is used only for the session, host and user it was opened for.
 */
import type { Signer } from '#core/ports/signer.ts';
import { certifiedKey, isCertificate } from './host-certificate.ts';
import { hostSignatureHolds } from './host-signature.ts';
import { sortPins } from './pins.ts';
import { uint32, wireReader, wireString } from './wire.ts';

const failure = Buffer.from([5]);
const success = Buffer.from([6]);
const [requestIdentities, identitiesAnswer, signRequest, signResponse, extension] = [11, 12, 13, 14, 27];
const userauthRequest = 50;

/** Which algorithm names a key may sign under, by agent flags. RSA with flags 0 would be SHA-1: not listed. */
const algorithms: Record<string, Record<number, string>> = {
  'ssh-ed25519': { 0: 'ssh-ed25519' },
  'ssh-rsa': { 2: 'rsa-sha2-256', 4: 'rsa-sha2-512' },
  'ecdsa-sha2-nistp256': { 0: 'ecdsa-sha2-nistp256' },
  'ecdsa-sha2-nistp384': { 0: 'ecdsa-sha2-nistp384' },
  'ecdsa-sha2-nistp521': { 0: 'ecdsa-sha2-nistp521' },
};

export interface AgentIdentity {
  signer: Signer;
  userName: string;
  /** The name that a certificate of the host must be for. */
  hostName: string;
  /** Pinned host keys and authorities, see pins.ts. */
  pins: readonly string[];
}

/** Answers one message (without its length). Anything unexpected is answered with SSH_AGENT_FAILURE. */
export type AgentConversation = (message: Uint8Array) => Promise<Buffer>;

/** @param onSigned called after each signature that was given */
export const createConversation = (identity: AgentIdentity, onSigned?: () => void): AgentConversation => {
  const { signer, userName } = identity;
  const ownKey = Buffer.from(signer.publicBlob);
  const keyType = wireReader(ownKey).text();
  const { keys, authorities, revoked } = sortPins(identity.pins);
  let session: { id: Buffer; hostKey: Buffer } | undefined;
  let bound = false;

  /** The key that must have signed: a pinned one, or one that a pinned authority vouches for. */
  const trustedKey = (hostKey: Buffer): Buffer | undefined => {
    const base64 = hostKey.toString('base64');
    if (!isCertificate(wireReader(hostKey).text()))
      return keys.has(base64) && !revoked.has(base64) ? hostKey : undefined;
    const now = Math.floor(Date.now() / 1000);
    return certifiedKey(hostKey, { pinned: authorities, keys, revoked, hostName: identity.hostName, now });
  };

  const bind = (message: Uint8Array): Buffer => {
    const reader = wireReader(message);
    reader.byte();
    if (reader.text() !== 'session-bind@openssh.com') return failure;
    // One connection serves one session: a second binding could only be somebody else's.
    if (bound) {
      session = undefined;
      return failure;
    }
    bound = true;
    const hostKey = Buffer.from(reader.bytes());
    const id = Buffer.from(reader.bytes());
    const proof = reader.bytes();
    const forwarded = reader.flag();
    reader.end();
    const trusted = forwarded ? undefined : trustedKey(hostKey);
    if (!trusted || !hostSignatureHolds(trusted, id, proof)) return failure;
    session = { id, hostKey };
    return success;
  };

  /** True for the login that this channel is for and nothing else. */
  const isOurLogin = (data: Uint8Array, flags: number): boolean => {
    if (!session) return false;
    const reader = wireReader(data);
    if (!reader.bytes().equals(session.id) || reader.byte() !== userauthRequest) return false;
    if (reader.bytes().toString('utf8') !== userName || reader.text() !== 'ssh-connection') return false;
    const method = reader.text();
    if (!reader.flag() || reader.text() !== algorithms[keyType]?.[flags] || !reader.bytes().equals(ownKey))
      return false;
    if (method === 'publickey-hostbound-v00@openssh.com') {
      if (!reader.bytes().equals(session.hostKey)) return false;
    } else if (method !== 'publickey') return false;
    reader.end();
    return true;
  };

  const sign = async (message: Uint8Array): Promise<Buffer> => {
    const reader = wireReader(message);
    reader.byte();
    const key = reader.bytes();
    const data = reader.bytes();
    const flags = reader.uint32();
    reader.end();
    if (!key.equals(ownKey) || !isOurLogin(data, flags)) return failure;
    const signature = await signer.sign(data, flags);
    onSigned?.();
    return Buffer.concat([Buffer.from([signResponse]), wireString(signature)]);
  };

  return async (message) => {
    try {
      if (message[0] === requestIdentities && message.length === 1) {
        return Buffer.concat([
          Buffer.from([identitiesAnswer]),
          uint32(1),
          wireString(ownKey),
          wireString(''),
        ]);
      }
      if (message[0] === signRequest) return await sign(message);
      if (message[0] === extension) return bind(message);
      return failure;
    } catch {
      return failure;
    }
  };
};
