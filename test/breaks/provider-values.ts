/** The Terraform provider by itself: values on the wire and in states, certificates, and the pages that describe it. */
import type { Break } from './break.ts';

const room = 'src/provider';
const certificate = {
  file: `${room}/protocol/certificate.ts`,
  test: `${room}/protocol/certificate.test.ts`,
};
const codec = { file: `${room}/values/codec.ts`, test: `${room}/values/codec.test.ts` };
const value = { file: `${room}/values/value.ts`, test: `${room}/values/codec.test.ts` };
const grid = {
  file: `${room}/resources/grid-attributes.ts`,
  test: `${room}/resources/grid-attributes.test.ts`,
};
const hostKeys = { ...grid, file: `${room}/resources/host-key-lines.ts` };
const gone = { file: `${room}/resources/gone.ts`, test: `${room}/resources/gone.test.ts` };
const pages = { file: `${room}/docs/pages.ts`, test: `${room}/docs/pages.test.ts` };

export const breaks: readonly Break[] = [
  {
    ...certificate,
    keeps: 'a certificate of any length is readable',
    from: 'const length = Buffer.from(content.length.toString(16).padStart(4',
    to: 'const length = Buffer.from(content.length.toString(16).padStart(2',
    named: 'of every length',
  },
  {
    ...certificate,
    keeps: 'a certificate’s last line is never empty',
    from: '.match(/.{1,64}/g)',
    to: '.match(/.{0,64}/g)',
    named: 'of every length',
  },
  {
    ...certificate,
    keeps: 'a run’s certificate is for this machine',
    from: "extension('551d11', false, sequence(text(0x82, 'localhost')))",
    to: "extension('551d11', false, sequence(text(0x82, 'provider')))",
    named: 'for localhost',
  },
  {
    ...codec,
    keeps: 'an unknown value with hints is unknown',
    from: 'const unknownTypes = [0, 12];',
    to: 'const unknownTypes = [0];',
    named: 'extension 0',
  },
  {
    ...codec,
    keeps: 'what is unknown stays so on the wire, wherever it lies',
    from: 'encoder.encode(value)',
    to: 'encoder.encode(JSON.parse(JSON.stringify(value)))',
    named: 'come back as they went',
  },
  {
    ...codec,
    keeps: 'a text that looks like a number is not taken for one',
    from: 'decoder.decode(encoded.msgpack) as Value',
    to: 'JSON.parse(JSON.stringify(decoder.decode(encoded.msgpack)), (_, held) => (Number(held) ? Number(held) : held)) as Value',
    named: 'no whole one of 64 bits',
  },
  {
    ...codec,
    keeps: 'a text that looks like an unknown value is a text',
    from: 'decoder.decode(encoded.msgpack) as Value',
    to: 'JSON.parse(JSON.stringify(decoder.decode(encoded.msgpack)), (_, held) => (/^74D93920-/.test(held) ? unknownValue : held)) as Value',
    named: 'only our own symbol',
  },
  {
    ...codec,
    keeps: 'no state is no empty state',
    from: '  return null;\n};\n\n/** An object',
    to: '  return {};\n};\n\n/** An object',
    named: 'no state is null',
  },
  {
    ...codec,
    keeps: 'states may come as JSON',
    from: "  if (encoded?.json?.length) return JSON.parse(Buffer.from(encoded.json).toString('utf8')) as Value;\n",
    to: '',
    named: 'may come as JSON',
  },
  {
    ...value,
    keeps: 'an unknown value is found however deep it lies',
    from: '  if (Array.isArray(value)) return value.some(hasUnknown);\n',
    to: '  if (Array.isArray(value)) return value.includes(unknownValue);\n',
    named: 'however deep',
  },
  {
    ...value,
    keeps: 'absent and null are the same, and nothing else is',
    from: 'a.length === b.length && a.every',
    to: 'a.every',
    named: 'sameness',
  },
  {
    ...value,
    keeps: 'what is unknown is not given, in lists neither',
    from: '  if (Array.isArray(value)) return value.map(withoutUnknown);\n',
    to: '',
    named: 'for handlers',
  },
  {
    ...hostKeys,
    keeps: 'host keys stay as they are written while they are the pinned ones',
    from: 'new Set(written.map(bare))',
    to: 'new Set(written)',
    named: 'stay as they are written',
  },
  {
    ...hostKeys,
    keeps: 'an authority is not taken for a host’s own key',
    from: "return key === undefined ? hostKey : `${marker === undefined ? '' : `${marker} `}${key}`;",
    to: "return key === undefined || marker === '' ? hostKey : key;",
    named: 'an authority is one',
  },
  {
    ...hostKeys,
    keeps: 'host keys that are not pinned are not told',
    from: 'ours.size === theirs.size && [...ours]',
    to: '[...ours]',
    named: 'others are told',
  },
  {
    ...grid,
    keeps: 'what the server has taken away is null, not an empty text',
    file: `${room}/resources/grid-config.ts`,
    from: 'value || null;',
    to: 'value ?? null;',
    named: 'does not say is null',
  },
  {
    ...grid,
    keeps: 'a jump host without host keys is refused before anything is asked',
    from: 'Array.isArray(keys) && keys.length === 0',
    to: 'Array.isArray(keys) && keys.length < 0',
    named: 'cannot go together',
  },
  {
    ...gone,
    keeps: 'what the server does not know is gone',
    from: "if (isProblem(error, 404) && error.kind === 'refused') return null;",
    to: "if (isProblem(error, 410) && error.kind === 'refused') return null;",
    named: 'gone is what',
  },
  {
    ...gone,
    keeps: 'a proxy’s 404 makes nothing anew',
    from: "isProblem(error, 404) && error.kind === 'refused'",
    to: 'isProblem(error, 404)',
    named: 'not known to be gone',
  },
  {
    ...gone,
    keeps: 'what has just been made must be there',
    from: '  if (found === null)\n',
    to: '  if (found === undefined)\n',
    named: 'just been made',
  },
  {
    ...pages,
    keeps: 'the committed pages say what the definitions say',
    file: `${room}/settings.ts`,
    from: "'Another name of `token`, under which existing configurations have it.'",
    to: "'Another name of `token`.'",
    named: 'are current',
  },
  {
    ...pages,
    keeps: 'the pages show how something is imported',
    from: "    ...('importExample' in definition ? [importing(type, definition)] : []),\n",
    to: '',
    named: 'every page has',
  },
  {
    ...pages,
    keeps: 'configurations of the published provider go on as they are',
    file: `${room}/resources/managed-credentials-attributes.ts`,
    from: 'total_size:',
    to: 'size:',
    named: 'published resource',
  },
];
