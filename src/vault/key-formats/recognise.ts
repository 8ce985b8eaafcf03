/** Says what was pasted instead of a private key, and what to do about it. */
import type { AppError } from '#core/errors.ts';
import { blocksOf, endLabelOf } from './armour.ts';
import { badKey, securityKey } from './unusable.ts';

const KEY_TYPE = '(?:ssh-(?:rsa|dss|ed25519|ed448)|ecdsa-sha2-nistp\\d+|sk-(?:ssh|ecdsa)-[a-z0-9@.-]+)';
const PUBLIC_BODY = 'AAAA[A-Za-z0-9+/]{8,}={0,2}';

const PRIVATE_HALF =
  'Paste the private key: the file of the same name without ".pub", which begins with "-----BEGIN".';
const WHOLE_FILE = 'Copy the whole file, from its BEGIN to its END line.';

const publicKey = (): AppError => badKey(`This is a public key; it belongs on the cluster. ${PRIVATE_HALF}`);
const certificate = (): AppError => badKey(`This is a certificate, not a private key. ${PRIVATE_HALF}`);

/** Whole-text tests, the first that fits wins. */
const LOOKS_LIKE: [RegExp, () => AppError][] = [
  [
    /^SSH PRIVATE KEY FILE FORMAT 1\./,
    () =>
      badKey(
        'This is a key of SSH version 1, which no server accepts any more. Make a new key with ssh-keygen -t ed25519.',
      ),
  ],
  [/^(?:ssh|ecdsa|sk)-\S+-cert-v0\d@openssh\.com\s/m, certificate],
  [new RegExp(`^sk-\\S+ ${PUBLIC_BODY}`, 'm'), securityKey],
  [
    new RegExp(`^${KEY_TYPE}\\s+${PUBLIC_BODY}[^\\n]*\\n(?:#[^\\n]*\\n)*${KEY_TYPE}\\s+${PUBLIC_BODY}`),
    () => badKey(`These are lines of an authorized_keys file: public keys. ${PRIVATE_HALF}`),
  ],
  [new RegExp(`^${KEY_TYPE}\\s+${PUBLIC_BODY}`, 'm'), publicKey],
  [
    new RegExp(
      `^(?:(?:restrict|cert-authority|principals|no-|pty|agent-|port-|X11-|user-rc|verify-|command=|environment=|expiry-time=|from=|permit|tunnel=).*\\s)${KEY_TYPE}\\s+${PUBLIC_BODY}`,
      'm',
    ),
    () => badKey(`This is a line of an authorized_keys file: a public key with options. ${PRIVATE_HALF}`),
  ],
  [
    new RegExp(`^(?:@\\S+ )?\\S+ ${KEY_TYPE}\\s+${PUBLIC_BODY}`, 'm'),
    () => badKey(`This is a line of a known_hosts file: the public key of a server. ${PRIVATE_HALF}`),
  ],
  [
    /^(?:\d+ )?(?:SHA256:|MD5:(?:[0-9a-f]{2}:){3})/,
    () => badKey(`This is the fingerprint of a key, not the key. ${PRIVATE_HALF}`),
  ],
  [
    new RegExp(`^${PUBLIC_BODY}$`),
    () => badKey(`This looks like the middle of a public key. ${PRIVATE_HALF}`),
  ],
];

const FILE_PATH =
  /^(?:"|')?(?:~|\.{1,2}[\\/]|\/|[A-Za-z]:[\\/]|file:|\\\\|[\w.-]+[\\/])[^\n]*$|^[\w.-]*(?:id_[a-z0-9_]+|\.(?:pem|key|ppk|pub))$/;
const BASE64_ONLY = /^[A-Za-z0-9+/\s]+={0,2}$/;

const sayOtherBlock = (label: string): AppError => {
  if (/CERTIFICATE REQUEST/.test(label))
    return badKey(`This is a certificate request, not a private key. ${PRIVATE_HALF}`);
  if (label.includes('CERTIFICATE')) return certificate();
  if (label === 'SSH2 PUBLIC KEY')
    return badKey(
      'This is a public key, as PuTTYgen saves it. Paste the private key: the content of the .ppk file.',
    );
  if (label.includes('PUBLIC KEY')) return publicKey();
  if (label.includes('PARAMETERS')) return badKey(`These are parameters without a key. ${WHOLE_FILE}`);
  if (label.includes('SIGNATURE') || label.includes('MESSAGE'))
    return badKey(`This is a signature or a message, not a key. ${PRIVATE_HALF}`);
  return badKey(`This is not a private key for SSH. ${PRIVATE_HALF}`);
};

/** The refusal for a normalised text that holds no whole private key. */
export const whatElse = (text: string): AppError => {
  if (text === '') return badKey('No private key was given. Paste the content of the private key file.');
  const blocks = blocksOf(text);
  const cut = blocks.find((block) => !block.ended);
  if (cut?.label.includes('PRIVATE KEY'))
    return badKey(`The END line of this private key is missing, so part of it may be too. ${WHOLE_FILE}`);
  const endLabel = endLabelOf(text);
  if (blocks.length === 0 && endLabel?.includes('PRIVATE KEY'))
    return badKey(`The BEGIN line of this private key is missing. ${WHOLE_FILE}`);
  const label = blocks[0]?.label ?? endLabel;
  if (label !== undefined) return sayOtherBlock(label);

  const start = text.slice(0, 4096);
  const known = LOOKS_LIKE.find(([pattern]) => pattern.test(start));
  if (known !== undefined) return known[1]();
  const oneLine = !text.includes('\n');
  if (text.length >= 64 && BASE64_ONLY.test(text))
    return badKey(`This is only the middle of a key: its BEGIN and END lines are missing. ${WHOLE_FILE}`);
  if (oneLine && text.length < 300 && FILE_PATH.test(text))
    return badKey('This is the name of a file. Open the file in a text editor and paste its content.');
  if (oneLine && text.length < 64)
    return badKey(
      'This is too short for a private key; it looks like a password. ' +
        'Clusters are reached with a key: make one with ssh-keygen -t ed25519 and paste the private key file.',
    );
  return badKey(`This is not a private key. ${PRIVATE_HALF}`);
};
