/**
 * A certificate for one run of the provider, made in its memory: whoever started us talks to us and to nobody else. A
 * whole library for these two hundred bytes would cost every start more than all the rest of the handshake.
 */
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

const tagged = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
  const content = Buffer.concat(parts);
  if (content.length < 0x80) return Buffer.concat([Buffer.from([tag, content.length]), content]);
  const length = Buffer.from(content.length.toString(16).padStart(4, '0'), 'hex');
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length]), length, content]);
};

const sequence = (...parts: readonly Uint8Array[]) => tagged(0x30, ...parts);
const text = (tag: number, value: string) => tagged(tag, Buffer.from(value, 'ascii'));
const oid = (hex: string) => tagged(0x06, Buffer.from(hex, 'hex'));
const bits = (bytes: Uint8Array) => tagged(0x03, Buffer.from([0]), bytes);
const yes = Buffer.from([0x01, 0x01, 0xff]);

const ecdsaWithSha256 = sequence(oid('2a8648ce3d040302'));
const extension = (id: string, critical: boolean, value: Uint8Array) =>
  sequence(oid(id), ...(critical ? [yes] : []), tagged(0x04, value));

const utc = (time: Date): Buffer =>
  text(0x17, `${time.toISOString().replaceAll(/[-:T]/g, '').slice(2, 14)}Z`);

/** `commonName` alone. */
const nameOf = (name: string) => sequence(tagged(0x31, sequence(oid('550403'), text(0x0c, name))));

const day = 24 * 60 * 60_000;

export interface OwnCertificate {
  /** As the handshake tells it. */
  der: Buffer;
  certificatePem: string;
  keyPem: string;
}

/** Self-signed, for `localhost`, for a day more than any run lasts. */
export const makeCertificate = (now = Date.now()): OwnCertificate => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const serial = randomBytes(16);
  // Positive, and never shortened.
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;
  const name = nameOf('localhost');
  const extensions = sequence(
    extension('551d13', true, sequence(yes)),
    // Signs connections and, being its own issuer, itself.
    extension('551d0f', true, tagged(0x03, Buffer.from([2, 0x84]))),
    extension('551d25', false, sequence(oid('2b06010505070301'), oid('2b06010505070302'))),
    extension('551d11', false, sequence(text(0x82, 'localhost'))),
  );
  const body = sequence(
    tagged(0xa0, tagged(0x02, Buffer.from([2]))),
    tagged(0x02, serial),
    ecdsaWithSha256,
    name,
    sequence(utc(new Date(now - day)), utc(new Date(now + 30 * day))),
    name,
    publicKey.export({ format: 'der', type: 'spki' }),
    tagged(0xa3, extensions),
  );
  const der = sequence(body, ecdsaWithSha256, bits(sign('sha256', body, privateKey)));
  return {
    der,
    // Never an empty line, which OpenSSL does not read.
    certificatePem: `-----BEGIN CERTIFICATE-----\n${der
      .toString('base64')
      .match(/.{1,64}/g)
      ?.join('\n')}\n-----END CERTIFICATE-----\n`,
    keyPem: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
  };
};
