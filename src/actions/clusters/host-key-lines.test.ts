/** Host keys as people paste them, and what a new look at a host means. */
import { describe, expect, test } from 'vitest';
import type { HostKey } from '#core/clusters.ts';
import { createTestSigner, type TestKeyType } from '#test/support/test-signer.ts';
import { compareHostKeys, normalFingerprint, parseHostKey, parseHostKeys } from './host-key-lines.ts';

const key = (type: TestKeyType = 'ed25519') => parseHostKey(createTestSigner(type).publicKey);
const stored = (from: ReturnType<typeof key>, status: HostKey['status']): HostKey => ({
  ...from,
  status,
  firstSeen: 1,
  confirmedBy: null,
  confirmedAt: null,
});

describe('lines', () => {
  const { publicKey, fingerprint } = createTestSigner();

  test('a key as in a .pub file, as ssh-keyscan prints it, with blanks', () => {
    for (const line of [
      publicKey,
      `${publicKey} root@hpc1`,
      `[hpc1]:2222 ${publicKey}`,
      `  ${publicKey}\r`,
    ]) {
      expect(parseHostKey(line)).toEqual({ type: 'ssh-ed25519', publicKey, fingerprint });
    }
    expect(parseHostKey(createTestSigner('rsa').publicKey).type).toBe('ssh-rsa');
    expect(parseHostKey(createTestSigner('ecdsa').publicKey).type).toBe('ecdsa-sha2-nistp256');
  });

  test('whole files, each key once', () => {
    expect(parseHostKeys([`# hpc1\n\n${publicKey}\n`, publicKey])).toHaveLength(1);
    expect(() => parseHostKeys(['\n# nothing'])).toThrow(/at least one/);
  });

  test('what is no host key is refused with the reason', () => {
    expect(() => parseHostKey('SHA256:abc')).toThrow(/is no SSH host key/);
    expect(() => parseHostKey(publicKey.slice(0, -20))).toThrow(/cut short/);
    expect(() => parseHostKey(publicKey.replace('ssh-ed25519 ', 'ssh-rsa '))).toThrow(/cut short or damaged/);
    expect(() => parseHostKey(`@strange * ${publicKey}`)).toThrow(/marker/);
  });

  test('authorities and revoked keys keep their marker; beside an authority nothing that a host shows is a change', () => {
    const authority = parseHostKey(`@cert-authority *.example.org ${publicKey} the centre`);
    expect(authority).toMatchObject({ publicKey: `@cert-authority ${publicKey}`, fingerprint });
    expect(parseHostKey(`@revoked ${publicKey}`).publicKey).toBe(`@revoked ${publicKey}`);
    const pinned = {
      ...authority,
      status: 'PINNED',
      firstSeen: 1,
      confirmedBy: 'olga',
      confirmedAt: 1,
    } as const;
    const shown = { type: 'ssh-ed25519', publicKey: 'ssh-ed25519 AAAAother', fingerprint: 'SHA256:x' };
    expect(compareHostKeys([pinned], [shown])).toEqual({ changed: [], fresh: [], vanished: [] });
    expect(compareHostKeys([{ ...pinned, publicKey }], [shown]).changed).toEqual([shown]);
  });

  test('fingerprints as people copy them', () => {
    for (const typed of [fingerprint, fingerprint.slice(7), ` ${fingerprint}= `]) {
      expect(normalFingerprint(typed)).toBe(fingerprint);
    }
  });
});

describe('a new look', () => {
  const [pinned, other, rsa] = [key(), key(), key('rsa')];

  test('nothing pinned: all is new, what is no longer shown goes', () => {
    const old = stored(other, 'PENDING');
    expect(compareHostKeys([old], [pinned, rsa])).toEqual({
      changed: [],
      fresh: [pinned, rsa],
      vanished: [old],
    });
  });

  test('the pinned key and one of a further type: nothing has changed', () => {
    const changes = compareHostKeys([stored(pinned, 'PINNED')], [pinned, rsa]);
    expect(changes).toEqual({ changed: [], fresh: [rsa], vanished: [] });
  });

  test('another key of the pinned type is a change, even beside the pinned one of another type', () => {
    expect(compareHostKeys([stored(pinned, 'PINNED')], [other]).changed).toEqual([other]);
    const both = [stored(pinned, 'PINNED'), stored(rsa, 'PINNED')];
    expect(compareHostKeys(both, [other, rsa]).changed).toEqual([other]);
  });

  test('no pinned key shown at all: whatever is shown is a change', () => {
    expect(compareHostKeys([stored(pinned, 'PINNED')], [rsa]).changed).toEqual([rsa]);
  });
});
