/** What is stored sealed, and the root key: promises 2 to 5, 7 and 8. */
import type { Break } from './break.ts';

const seal = { file: 'src/vault/seal.ts', test: 'src/vault/seal.test.ts' };
const rootKey = { file: 'src/vault/root-key.ts', test: 'src/vault/root-key.test.ts' };
const vault = { file: 'src/vault/vault.ts', test: 'src/vault/vault.real.test.ts' };

const sealing: readonly Break[] = [
  {
    ...seal,
    keeps: 'promise 2: the database alone opens nothing: data keys are wrapped by a key of the root key',
    from: 'new Map([current, ...older].map((key) => [rootKeyId(key), wrapKeyOf(key)]))',
    to: 'new Map([current, ...older].map((key) => [rootKeyId(key), wrapKeyOf(Buffer.alloc(32))]))',
    named: 'promise 2',
  },
  {
    ...seal,
    keeps: 'what an earlier root key has sealed still opens',
    from: 'new Map([current, ...older].map(',
    to: 'new Map([current].map(',
    named: 'older root key',
  },
  ...(
    [
      ['its organisation', '    whole(place.organisationId),\n'],
      ['its table', '    text(place.table),\n'],
      ['its record', '    text(place.record),\n'],
      ['its field', '    text(place.field),\n'],
      ['its owner', '    text(place.owner),\n'],
      ['its version', '    whole(place.version),\n'],
    ] as const
  ).map(([part, from]) => ({
    ...seal,
    keeps: `promise 3: a sealed value opens in ${part} alone`,
    from,
    to: '',
    named: 'changing any one part',
  })),
  {
    ...seal,
    keeps: 'promise 3: two places never give the same associated data: each part has its length',
    from: '  return wireString(value);\n',
    to: '  return Buffer.from(value);\n',
    named: 'changing any one part',
  },
  {
    ...seal,
    keeps: 'promise 3: a private key never opens as a text',
    from: 'text(`latchkey ${purpose} v2`)',
    to: "text('latchkey v2')",
    named: 'never opens as a text',
  },
  {
    ...seal,
    keeps: 'promise 3: text that has no bytes of its own is no place',
    from: 'if (!value.isWellFormed())',
    to: "if (value === '\\0')",
    named: 'unambiguous form',
  },
  {
    ...seal,
    keeps: 'promise 3: fractions and negative numbers are no place',
    from: '!Number.isSafeInteger(value) || value < 0',
    to: 'Number.isNaN(value)',
    named: 'unambiguous form',
  },
  {
    ...seal,
    keeps: 'promise 4: the tag is looked at',
    from: '    decipher.final();\n',
    to: '',
    named: 'every bit of ciphertext',
  },
  {
    ...seal,
    keeps: 'promise 4: a changed letter of base64 is a change, though it gives the same bytes',
    from: "bytes.toString('base64') !== stored || ",
    to: '',
    named: 'another base64',
  },
  {
    ...seal,
    keeps: 'promise 4: the refusal names the record',
    from: 'The sealed value in ${place.table} ${place.record} (${place.field}) cannot',
    to: 'The sealed value in ${place.table} cannot',
    named: 'every bit of wrappedKey',
  },
  {
    ...seal,
    keeps: 'promise 4: the refusal shows nothing of what is stored',
    from: "      'it was changed or moved since it was stored.",
    to: "      sealed.ciphertext + 'it was changed or moved since it was stored.",
    named: 'cut, lengthened',
  },
  {
    ...seal,
    keeps: 'promise 5: nonces are random, whatever was sealed before a restart',
    from: 'const nonce = newNonce();',
    to: "const nonce = Buffer.from(String(aad.length + plain.length).padStart(NONCE_BYTES, '0'));",
    named: 'after a restart',
  },
  {
    ...seal,
    keeps: 'promise 5: a nonce has 12 random bytes',
    from: 'randomBytes(NONCE_BYTES);',
    to: 'Buffer.concat([randomBytes(4), Buffer.alloc(NONCE_BYTES - 4)]);',
    named: 'nonces',
  },
  {
    ...seal,
    keeps: 'promise 5: every seal has a data key of its own',
    from: 'const dataKey = randomBytes(KEY_BYTES);',
    to: 'const dataKey = Buffer.from(wrapKey);',
    named: 'share a data key',
  },
  {
    ...vault,
    keeps: 'promise 3: a key signs only for the public half that stands beside it',
    from: 'if (!publicBlobOf(key).equals(publicBlob))',
    to: 'if (publicBlob.length === 0)',
    named: 'promise 3',
  },
  {
    ...vault,
    keeps: 'promise 3: a sealed key never moves to another organisation',
    from: 'if (from.organisationId !== to.organisationId)',
    to: 'if (to.organisationId === 0)',
    named: 'resealed',
  },
  {
    ...vault,
    keeps: 'promise 11: a text is opened as a text, so no caller gets a key back',
    from: "const plain = open(ring, 'text', place, sealed);",
    to: "const plain = open(ring, 'private key', place, sealed);",
    named: 'promise 11',
  },
  {
    ...vault,
    keeps: 'a closed vault opens nothing: its wrap keys are wiped',
    from: '      ring.wipe();\n',
    to: '',
    named: 'after closing',
  },
];

const rootKeys: readonly Break[] = [
  {
    ...rootKey,
    keeps: 'promise 7: a root key that others can read is refused',
    from: 'if ((stat.mode & 0o077) !== 0)',
    to: 'if ((stat.mode & 0o007) !== 0)',
    named: 'mode',
  },
  {
    ...rootKey,
    keeps: 'promise 7: a root key file is made for its owner alone, whatever the umask',
    from: '      fchmodSync(fd, 0o600);\n',
    to: '      fchmodSync(fd, 0o666 & ~process.umask());\n',
    named: 'created key',
  },
  {
    ...rootKey,
    keeps: 'promise 7: a root key file is never overwritten',
    from: '      linkSync(draft, file);\n',
    to: "      writeSync(openSync(file, 'w', 0o600), `${PREFIX}${key.toString('base64')}\\n`);\n",
    named: 'never replaced',
  },
  {
    ...rootKey,
    keeps: 'promise 7: no draft of a root key is left behind',
    from: '      unlinkSync(draft);\n',
    to: '',
    named: 'created key',
  },
  ...(
    [
      ['one byte repeated', "  if (distinct(key) === 1) return 'is one byte repeated';\n"],
      ['a few bytes repeated', "  if (distinct(key) <= 16) return 'repeats itself';\n"],
      ['a series', "  if (distinct(steps) <= 14) return 'is a simple series';\n"],
      [
        'typed text',
        "  if (key.every((byte) => byte >= 0x20 && byte < 0x7f)) return 'is typed text, not random bytes';\n",
      ],
      ['text of one case', "  if (!/[a-z]/.test(text) || !/[A-Z]/.test(text)) return 'is a placeholder';\n"],
      [
        'a placeholder',
        '  if (PLACEHOLDER.test(body)) throw refused(`The root key in ${file} is a placeholder. ${MAKE_ONE}.`);\n',
      ],
    ] as const
  ).map(([what, from]) => ({
    ...rootKey,
    keeps: `promise 7: ${what} is no root key`,
    from,
    to: '',
    named: 'promise 7: no default key exists',
  })),
  {
    ...rootKey,
    keeps: 'promise 7: a cut root key is refused',
    from: 'if (key.length !== ROOT_KEY_BYTES)',
    to: 'if (key.length > ROOT_KEY_BYTES)',
    named: 'too short',
  },
  {
    ...rootKey,
    keeps: 'promise 7: a proof fits its own root key alone',
    from: 'actual.length === expected.length && timingSafeEqual(actual, expected)',
    to: "proof.startsWith('v1:')",
    named: 'fits its own key',
  },
  {
    keeps: 'promise 7: no root key is made anew for a database that has one',
    file: 'src/server/check-root-key.ts',
    from: '  if (key === undefined) {\n    throw',
    to: '  if (key === undefined) return;\n  if (key.length === 0) {\n    throw',
    test: 'src/server/serve.real.test.ts',
    named: 'promise 7',
  },
  {
    keeps: 'promise 7: the wrong root key does not start a server',
    file: 'src/server/check-root-key.ts',
    from: 'if (!verify(key, proof))',
    to: 'if (key.length !== 32)',
    test: 'src/server/serve.real.test.ts',
    named: 'promise 7',
  },
];

const swapped = {
  file: 'src/actions/credentials/key-places.ts',
  test: 'src/actions/credentials/swapped-rows.real.test.ts',
};
const records = { file: 'src/store/sealed-values.ts', test: 'src/store/records.real.test.ts' };

const stored: readonly Break[] = [
  {
    ...swapped,
    keeps: "promise 3: a member's record that is given to another member signs nothing",
    from: 'owner: `identity ${credential.identityId}, user ${credential.userId}`,',
    to: 'owner: `identity ${credential.identityId}`,',
    named: 'given to another member',
  },
  {
    ...swapped,
    keeps: 'promise 3: a record that is moved to another workspace signs nothing',
    from: "owner: `workspace ${credential.workspaceId ?? 'none'}, user ${credential.userId}`,",
    to: 'owner: `user ${credential.userId}`,',
    named: 'moved to another workspace',
  },
  {
    ...records,
    keeps: 'promise 3: an earlier version of a sealed value is not given',
    from: "\n    .where('version', '=', version),",
    to: ',',
    named: 'one version per place',
  },
  {
    ...records,
    keeps: "promise 3: another organisation's sealed value is never overwritten",
    from: "          .where('sealedValues.organisationId', '=', organisationId),\n",
    to: '',
    named: 'never overwritten',
  },
  {
    ...records,
    keeps: 'promise 8: with a record go all its sealed values',
    from: "field === undefined ? values : values.where('field', '=', field)",
    to: "values.where('field', '=', field ?? 'key')",
    named: 'promise 8',
  },
  {
    keeps: 'promise 8: what was deleted from the database is not left in its file',
    file: 'src/store/dialect/sqlite.ts',
    from: 'pragma secure_delete = on; ',
    to: '',
    test: 'src/store/dialect/sqlite.test.ts',
    named: 'promise 8',
  },
];

export const breaks: readonly Break[] = [...sealing, ...rootKeys, ...stored];
