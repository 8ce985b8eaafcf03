/** The Terraform provider by itself: plans, checks, values on the wire, and where a sentence is shown. */
import type { Break } from './break.ts';

const room = 'src/provider';
const plan = { file: `${room}/schema/plan.ts`, test: `${room}/schema/plan.test.ts` };
const check = { file: `${room}/schema/check.ts`, test: `${room}/schema/check.test.ts` };
const place = { file: `${room}/place.ts`, test: `${room}/place.test.ts` };
const settings = { file: `${room}/settings.ts`, test: `${room}/settings.test.ts` };
const log = { file: `${room}/log.ts`, test: `${room}/log.test.ts` };
const importId = { file: `${room}/import-id.ts`, test: `${room}/import-id.test.ts` };

const planned: readonly Break[] = [
  {
    ...plan,
    keeps: 'what the server will tell is left open in a plan',
    from: 'return prior === undefined ? unknownValue : prior;',
    to: 'return prior ?? null;',
    named: 'something new.*what is written',
  },
  {
    ...plan,
    keeps: 'what is not known yet is not filled in by a default',
    from: 'if (written === null) return filledIn',
    to: "if (written === null || typeof written === 'symbol') return filledIn",
    named: 'stays unknown',
  },
  {
    ...plan,
    keeps: 'promise 1: no plan holds a secret, however deep it lies',
    from: '  if (attribute.writeOnly) return null;\n  const written',
    to: '  const written',
    named: 'a secret is not even there',
  },
  {
    ...plan,
    keeps: 'what is not written any more goes',
    from: '  if (!isComputed(attribute)) return null;\n',
    to: '',
    named: 'any more goes',
  },
  {
    ...plan,
    keeps: 'elements of a list keep what was told of those in their place',
    from: 'isMap(old) ? old : null',
    to: 'prior && null',
    named: 'in their place',
  },
  {
    ...plan,
    keeps: 'what follows a change is left open',
    from: "follows === 'everything' || (follows?.some((name) => changed.has(name)) ?? false)",
    to: "follows === 'everything'",
    named: 'what follows a change',
  },
  {
    ...plan,
    keeps: 'another name makes no other thing of it',
    from: 'replaces && !same(',
    to: '!same(',
    named: 'another thing only',
  },
  {
    ...plan,
    keeps: 'promise 1: no state holds a secret',
    from: '      if (attribute.writeOnly) return [name, null];\n',
    to: '',
    named: 'no secrets',
  },
  {
    ...check,
    keeps: 'the path of a problem leads to the element that is wrong',
    from: 'wrong([...path, index], problem)',
    to: 'wrong(path, problem)',
    named: 'the path leads',
  },
  {
    ...check,
    keeps: 'what is not known yet is not judged',
    from: 'if (!attribute.check || !isKnown(value)) return [];',
    to: 'if (!attribute.check || value === null) return [];',
    named: 'not known yet',
  },
  {
    ...check,
    keeps: 'half a number is no id',
    file: `${room}/schema/rules.ts`,
    from: 'Number.isSafeInteger(value) && value > 0',
    to: 'value > 0',
    named: 'no whole ones',
  },
  {
    ...check,
    keeps: 'promise 1: a refused token is not repeated',
    file: `${room}/settings.ts`,
    from: "undefined : 'must be one word: an access token'",
    to: 'undefined : `must be one word, not ${value}`',
    named: 'not repeated',
  },
];

const shown: readonly Break[] = [
  {
    ...place,
    keeps: 'a problem of one variable is shown at that variable',
    from: '      insideList(attributes, parts) ??\n',
    to: '',
    named: 'environment',
  },
  {
    ...place,
    keeps: 'of several ids that may be meant the one that is written is',
    from: 'paths.find(([name]) => (config[String(name)] ?? null) !== null) ?? paths[0]',
    to: 'paths[0]',
    named: 'who is unknown',
  },
  {
    ...place,
    keeps: 'what names nothing is about the whole',
    from: '  if (status !== 403) return undefined;\n',
    to: '',
    named: 'a missing right',
  },
  {
    ...place,
    keeps: 'what stands in the way of a deletion is listed',
    file: `${room}/diagnostics.ts`,
    from: '${error.message}${conflictLines(error)}',
    to: '${error.message}',
    named: 'in the way is listed',
  },
  {
    ...settings,
    keeps: 'what is written goes before the environment',
    from: "    given.server_url,\n    environment['LATCHKEY_SERVER_URL'],",
    to: "    environment['LATCHKEY_SERVER_URL'],\n    given.server_url,",
    named: 'before the environment',
  },
  {
    ...settings,
    keeps: 'an address of the environment is checked too',
    from: '  const wrong = checkUrl(serverUrl);\n',
    to: '  const wrong = given.server_url ? checkUrl(serverUrl) : undefined;\n',
    named: 'missing or wrong',
  },
  {
    ...log,
    keeps: 'no more is logged than was asked for',
    from: '    if (levels.indexOf(level) < levels.indexOf(least)) return;\n',
    to: '',
  },
  {
    ...log,
    keeps: 'go-plugin takes a line for what it is',
    from: ".replace('Z', '000Z')",
    to: '',
    named: 'one line each',
  },
  {
    ...importId,
    keeps: 'numbers of an import may be written as texts',
    from: "typeof value === 'string' && /^\\d{1,16}$/.test(value) ? Number(value) : value",
    to: 'value',
    named: 'understood',
  },
  {
    ...importId,
    keeps: 'a zero names nothing where a number is needed',
    from: 'Number.isSafeInteger(found) && found > 0',
    to: 'Number.isSafeInteger(found) && found >= 0',
    named: 'documented zeros',
  },
  {
    ...importId,
    keeps: 'an import id with a name that is not known is refused',
    from: '  if (strange !== undefined)\n',
    to: "  if (strange === '')\n",
    named: 'refused, with how',
  },
];

export const breaks: readonly Break[] = [...planned, ...shown];
