/** What is sealed, under which key and in which place; and of submissions that were cut off. */
import type { Break } from './break.ts';

const seal = { file: 'src/vault/seal.ts', test: 'src/vault/seal.test.ts' };
const rootKey = { file: 'src/vault/root-key.ts', test: 'src/vault/root-key.test.ts' };
const submit = {
  file: 'src/schedulers/submission/submit.sh',
  test: 'src/schedulers/submission/exactly-once.test.ts',
};
const verdicts = { ...submit, test: 'src/schedulers/submission/verdicts.test.ts' };
const options = { file: 'src/schedulers/slurm/options.ts', test: 'src/schedulers/slurm/options.test.ts' };
const contract = { test: 'src/contract/contract.test.ts' };

export const breaks: readonly Break[] = [
  {
    ...seal,
    keeps: 'an empty value is sealed as any other',
    from: 'bytes.length < NONCE_BYTES + TAG_BYTES',
    to: 'bytes.length <= NONCE_BYTES + TAG_BYTES',
    named: 'whatever its length',
  },
  {
    ...seal,
    keeps: 'promise 3: of any two sealed values none opens in the place of the other',
    from: '    text(place.record),\n    text(place.field),\n    text(place.owner),\n    whole(place.version),\n',
    to: '',
    named: 'swapping any two',
  },
  {
    ...seal,
    keeps: 'promise 3: an earlier value of a record does not open in the place of the present one',
    from: '    whole(place.version),\n',
    to: '',
    named: 'an earlier value',
  },
  {
    ...seal,
    keeps: 'promise 4: no character of a stored value may be another one',
    from: "bytes.toString('base64') !== stored || ",
    to: '',
    named: 'every character',
  },
  {
    ...rootKey,
    keeps: 'blanks around a root key are no matter',
    from: 'const trimmed = text.trim();',
    to: 'const trimmed = text.trimEnd();',
    named: 'line ends and blanks',
  },
  {
    ...rootKey,
    keeps: 'a directory or a device is no root key',
    from: '    if (!stat.isFile()) throw refused(`The root key ${file} is not a regular file.`);\n',
    to: '',
    named: 'a directory or a device',
  },
  {
    ...rootKey,
    keeps: 'a root key keeps its name from release to release',
    from: "derive(key, 'root key id v1', 8)",
    to: "derive(key, 'root key id v2', 8)",
    named: 'from release to release',
  },
  {
    ...submit,
    keeps: 'promise 22: what accounting knows nothing of is submitted anew',
    from: '  if [ "$lk_accounting" != 1 ]; then\n    lk_limit',
    to: '  if [ -n "$lk_accounting" ]; then\n    lk_limit',
    named: 'accounting knows of none',
  },
  {
    ...submit,
    keeps: 'promise 22: of two submissions at once one submits',
    from: '  flock -w 60 9 9>&9\n',
    to: '  flock -s -w 60 9 9>&9\n',
    named: 'two at once',
  },
  {
    ...verdicts,
    keeps: 'what a submit command said is the reason, in its own words',
    from: 'lk_why=$(tail -c 1000 "$lk_errors" 2>/dev/null); }',
    to: 'lk_why=refused; }',
    named: 'in its own words',
  },
  {
    ...verdicts,
    keeps: 'a head job has a name that the oldest servers take',
    file: 'src/schedulers/submission/run-files.ts',
    from: 'export const jobName = (runId: string): string => `nf-${runId}`;',
    to: 'export const jobName = (runId: string): string => `latchkey-nf-${runId}`;',
    named: 'the oldest servers take',
  },
  {
    ...options,
    keeps: 'a refused option is shown at its field',
    from: 'badRequest(`${field}: ${reason}`, { field })',
    to: 'badRequest(`${field}: ${reason}`)',
    named: 'names its field',
  },
  {
    ...options,
    keeps: 'a directive holds an apostrophe',
    file: 'src/schedulers/options/options.ts',
    from: '      if (!/["\\\\]/.test(word)) return `"${word}"`;\n',
    to: '',
    named: 'either kind of quote',
  },
  {
    ...contract,
    keeps: 'a route of ours alone says that it is',
    file: 'src/contract/managed-credentials.ts',
    from: '  extension: true,\n',
    to: '',
    named: 'not ours alone',
  },
  {
    ...contract,
    keeps: 'a deviation that is none any more is noticed',
    file: 'src/contract/deviations/clusters.ts',
    from: "    fields: ['credentials.keys'],\n",
    to: "    fields: ['credentials.lock'],\n",
  },
];
