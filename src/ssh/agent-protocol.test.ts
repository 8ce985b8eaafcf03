import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createTestSigner, type TestKeyType, type TestSigner } from '#test/support/test-signer.ts';
import { createConversation } from './agent-protocol.ts';
import { uint32, wireReader, wireString } from './wire.ts';

const sessionId = Buffer.from('session-id-of-32-bytes-0123456789');
const hostFlags: Record<TestKeyType, number> = { ed25519: 0, rsa: 4, ecdsa: 0 };
const flagOf = (signer: TestSigner): number => (signer.publicKey.startsWith('ssh-rsa') ? 4 : 0);

const bindMessage = async (
  host: TestSigner,
  change: { forwarded?: number; signedSession?: Buffer; flags?: number } = {},
): Promise<Buffer> =>
  Buffer.concat([
    Buffer.from([27]),
    wireString('session-bind@openssh.com'),
    wireString(host.publicBlob),
    wireString(sessionId),
    wireString(await host.sign(change.signedSession ?? sessionId, change.flags ?? flagOf(host))),
    Buffer.from([change.forwarded ?? 0]),
  ]);

interface Login {
  session: Buffer;
  user: string;
  service: string;
  method: string;
  algorithm: string;
  key: Uint8Array;
  hostKey?: Uint8Array;
  type: number;
  tail: string;
}

const signMessage = (
  key: TestSigner,
  change: Partial<Login> = {},
  flags = 0,
  keyBlob: Uint8Array = key.publicBlob,
): Buffer => {
  const algorithm = key.publicKey.startsWith('ssh-rsa')
    ? 'rsa-sha2-512'
    : (key.publicKey.split(' ')[0] ?? '');
  const login: Login = {
    session: sessionId,
    user: 'alice',
    service: 'ssh-connection',
    method: 'publickey',
    algorithm,
    key: key.publicBlob,
    type: 50,
    tail: '',
    ...change,
  };
  const data = Buffer.concat([
    wireString(login.session),
    Buffer.from([login.type]),
    wireString(login.user),
    wireString(login.service),
    wireString(login.method),
    Buffer.from([1]),
    wireString(login.algorithm),
    wireString(login.key),
    ...(login.hostKey ? [wireString(login.hostKey)] : []),
    Buffer.from(login.tail),
  ]);
  return Buffer.concat([Buffer.from([13]), wireString(keyBlob), wireString(data), uint32(flags)]);
};

const host = createTestSigner();
const otherHost = createTestSigner();
const key = createTestSigner();
const talk = (signer = key, pins = [host.publicKey]) =>
  createConversation({ signer, userName: 'alice', hostName: 'login.example.org', pins });
const bound = async (signer = key) => {
  const say = talk(signer);
  expect((await say(await bindMessage(host)))[0]).toBe(6);
  return say;
};

describe('agent', () => {
  test('promise 18: lists exactly one identity', async () => {
    const answer = wireReader(await talk()(Buffer.from([11])));
    expect([answer.byte(), answer.uint32()]).toEqual([12, 1]);
    expect(answer.bytes().equals(Buffer.from(key.publicBlob))).toBe(true);
    answer.bytes();
    answer.end();
  });

  test.each(['ed25519', 'rsa', 'ecdsa'] as const)(
    'signs the login it is for, bound by an %s host key',
    async (type) => {
      const typedHost = createTestSigner(type);
      const say = talk(key, [typedHost.publicKey]);
      expect((await say(await bindMessage(typedHost, { flags: hostFlags[type] })))[0]).toBe(6);
      const answer = wireReader(await say(signMessage(key)));
      expect(answer.byte()).toBe(14);
      expect(answer.bytes().equals(Buffer.from(await key.sign(Buffer.alloc(0), 0)))).toBe(false);
    },
  );

  test('rsa-sha2-256 binds as well; a signature of another host, session or type does not', async () => {
    const rsa = createTestSigner('rsa');
    const ecdsa = createTestSigner('ecdsa');
    expect((await talk(key, [rsa.publicKey])(await bindMessage(rsa, { flags: 2 })))[0]).toBe(6);
    for (const one of [host, rsa, ecdsa]) {
      const wrong = await bindMessage(one, { signedSession: Buffer.from('another session') });
      expect((await talk(key, [one.publicKey])(wrong))[0]).toBe(5);
    }
  });

  test('signs under the newer method that repeats the host key, and only with that host key', async () => {
    const method = 'publickey-hostbound-v00@openssh.com';
    expect((await (await bound())(signMessage(key, { method, hostKey: host.publicBlob })))[0]).toBe(14);
    expect((await (await bound())(signMessage(key, { method, hostKey: otherHost.publicBlob })))[0]).toBe(5);
    expect((await (await bound())(signMessage(key, { method })))[0]).toBe(5);
  });

  test('RSA keys sign with SHA-2 alone', async () => {
    const rsa = createTestSigner('rsa');
    expect((await (await bound(rsa))(signMessage(rsa, {}, 4)))[0]).toBe(14);
    expect((await (await bound(rsa))(signMessage(rsa, { algorithm: 'rsa-sha2-256' }, 2)))[0]).toBe(14);
    expect((await (await bound(rsa))(signMessage(rsa, { algorithm: 'ssh-rsa' }, 0)))[0]).toBe(5);
    expect((await (await bound(rsa))(signMessage(rsa, {}, 2)))[0]).toBe(5);
    // The key was not even asked.
    expect(rsa.signatures()).toBe(2);
  });

  const refused: [string, Partial<Login>][] = [
    ['another user', { user: 'bob' }],
    ['another session', { session: Buffer.from('other') }],
    ['another service', { service: 'ssh-userauth' }],
    ['another method', { method: 'hostbased' }],
    ['another key inside', { key: otherHost.publicBlob }],
    ['another algorithm', { algorithm: 'ssh-ed25519-cert-v01@openssh.com' }],
    ['another message', { type: 51 }],
    ['trailing bytes', { tail: 'x' }],
  ];
  test.each(refused)('does not sign for %s', async (_, change) => {
    expect((await (await bound())(signMessage(key, change)))[0]).toBe(5);
    expect((await (await bound())(signMessage(key)))[0]).toBe(14);
  });

  test('does not sign before a binding, after a false one, for a forwarded one, or after a second one', async () => {
    expect((await talk()(signMessage(key)))[0]).toBe(5);
    const refusedBindings = [
      await bindMessage(otherHost),
      await bindMessage(host, { forwarded: 1 }),
      await bindMessage(host, { signedSession: Buffer.from('other') }),
    ];
    for (const binding of refusedBindings) {
      const say = talk();
      expect((await say(binding))[0]).toBe(5);
      expect((await say(signMessage(key)))[0]).toBe(5);
    }
    const twice = await bound();
    expect((await twice(await bindMessage(host)))[0]).toBe(5);
    expect((await twice(signMessage(key)))[0]).toBe(5);
  });

  test('does not sign with another key', async () => {
    expect((await (await bound())(signMessage(key, {}, 0, otherHost.publicBlob)))[0]).toBe(5);
  });

  test('any bytes, before and after a binding, are answered with a plain no', async () => {
    const before = key.signatures();
    const say = await bound();
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 400 }),
        fc.constantFrom(13, 17, 19, 27, 1),
        async (bytes, kind) => {
          expect(await say(Buffer.concat([Buffer.from([kind]), bytes]))).toEqual(Buffer.from([5]));
        },
      ),
    );
    expect(key.signatures()).toBe(before);
  });
});
