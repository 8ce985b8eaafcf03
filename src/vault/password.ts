/** Password hashes: argon2id in PHC string format, off the event loop, with equal effort for unknown users. */
import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

/** OWASP's recommendation for argon2id: 19 MiB, two passes, one lane. */
const COST = { memory: 19_456, passes: 2, parallelism: 1 };
const HASH_BYTES = 32;
const SALT_BYTES = 16;
/** Longer than any password people have; keeps a hostile one from costing anything. */
const MAX_PASSWORD_LENGTH = 1024;

const PHC =
  /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d)\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/;

const derive = promisify(argon2);
const unpadded = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64').replace(/=+$/, '');

/** NFKC: the same password typed on two keyboards is the same password. */
const message = (password: string): Buffer => Buffer.from(password.normalize('NFKC'), 'utf8');

/** @returns `$argon2id$v=19$m=19456,t=2,p=1$salt$hash`. @throws RangeError over 1024 characters */
export const hashPassword = async (password: string): Promise<string> => {
  if (password.length > MAX_PASSWORD_LENGTH) throw new RangeError('a password has at most 1024 characters');
  const nonce = randomBytes(SALT_BYTES);
  const hash = await derive('argon2id', {
    message: message(password),
    nonce,
    tagLength: HASH_BYTES,
    ...COST,
  });
  const { memory, passes, parallelism } = COST;
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${unpadded(nonce)}$${unpadded(hash)}`;
};

/** Belongs to nobody: what an unknown user's password is compared with. */
const NOBODY = `$argon2id$v=19$m=${COST.memory},t=${COST.passes},p=${COST.parallelism}$${'A'.repeat(22)}$${'A'.repeat(43)}`;

/**
 * Whether the password belongs to the stored hash. Without a stored hash (unknown user, user without password)
 * the same work is done and the answer is `false`, so that time does not tell who exists.
 */
export const verifyPassword = async (password: string, stored: string | undefined): Promise<boolean> => {
  if (password.length > MAX_PASSWORD_LENGTH) return false;
  const known = stored === undefined ? null : PHC.exec(stored);
  const [, m, t, p, salt = '', hash = ''] = known ?? PHC.exec(NOBODY) ?? [];
  const expected = Buffer.from(hash, 'base64');
  const actual = await derive('argon2id', {
    message: message(password),
    nonce: Buffer.from(salt, 'base64'),
    tagLength: expected.length,
    memory: Number(m),
    passes: Number(t),
    parallelism: Number(p),
  });
  return timingSafeEqual(actual, expected) && known !== null;
};
