/** The public half of a key in SSH wire form (RFC 4253 section 6.6, RFC 5656, RFC 8709). */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { wireMpint, wireString } from './ssh-wire.ts';

const CURVE_NAMES: Record<string, string> = { 'P-256': 'nistp256', 'P-384': 'nistp384', 'P-521': 'nistp521' };

const decode = (field: string | undefined): Buffer => Buffer.from(field ?? '', 'base64url');

/** @throws TypeError for types that SSH does not know */
export const publicBlobOf = (privateKey: KeyObject): Buffer => {
  const jwk = createPublicKey(privateKey).export({ format: 'jwk' });
  if (jwk.kty === 'OKP' && jwk.crv === 'Ed25519')
    return Buffer.concat([wireString('ssh-ed25519'), wireString(decode(jwk.x))]);
  if (jwk.kty === 'RSA')
    return Buffer.concat([wireString('ssh-rsa'), wireMpint(decode(jwk.e)), wireMpint(decode(jwk.n))]);
  const curve = CURVE_NAMES[jwk.crv ?? ''];
  if (jwk.kty !== 'EC' || curve === undefined) throw new TypeError('not a key type of SSH');
  const point = Buffer.concat([Buffer.from([4]), decode(jwk.x), decode(jwk.y)]);
  return Buffer.concat([wireString(`ecdsa-sha2-${curve}`), wireString(curve), wireString(point)]);
};
