/** Rules of single attributes: only on what is known, at the place that is wrong, and never telling a secret. */
import { expect, test } from 'vitest';
import { gridAttributes } from '../resources/grid-attributes.ts';
import { managedCredentialAttributes } from '../resources/managed-credentials-attributes.ts';
import { settingsAttributes } from '../settings.ts';
import { unknownValue, type ValueMap } from '../values/value.ts';
import { objects, text, texts } from './attribute.ts';
import { checkConfig } from './check.ts';
import { said } from './rules.ts';

const word = (value: string) => (/^\w+$/.test(value) ? undefined : 'must be one word');
const attributes = {
  one: text({ optional: true, check: word, description: '' }),
  many: texts({ optional: true, check: word, description: '' }),
  inner: objects({
    optional: true,
    description: '',
    attributes: { words: texts({ optional: true, check: said(word), description: '' }) },
  }),
};

test('the path leads to the element that is wrong', () => {
  const config = { one: 'a b', many: ['ok', 'not ok'], inner: [{ words: ['ok'] }, { words: ['', 'x'] }] };
  expect(checkConfig(attributes, config).map(({ path, detail }) => [path, detail])).toEqual([
    [['one'], 'one: must be one word'],
    [['many', 1], 'many: must be one word'],
    [['inner', 1, 'words', 0], 'words: must not be empty: leave it out instead'],
  ]);
});

test('what is not known yet, or not given, is not judged', () => {
  const configs: ValueMap[] = [
    {},
    { one: null, many: null, inner: null },
    { one: unknownValue, many: unknownValue, inner: unknownValue },
    { many: ['not ok', unknownValue], inner: [unknownValue, { words: [null] }] },
  ];
  for (const config of configs) expect(checkConfig(attributes, config)).toEqual([]);
});

test('numbers that are no whole ones, and texts in their place, are refused with what is right', () => {
  const problems = (config: ValueMap) =>
    checkConfig({ ...managedCredentialAttributes, ...gridAttributes }, config).map(({ detail }) => detail);
  for (const user_id of [0, -1, 1.5, '0.1', 2 ** 53])
    expect(problems({ user_id })).toEqual(['user_id: must be a whole number above 0']);
  expect(problems({ max_queue_size: 0 })).toEqual([expect.stringMatching(/^max_queue_size: .*1/)]);
  expect(problems({ work_dir: 'scratch' })).toEqual([expect.stringMatching(/absolute path/)]);
  expect(problems({ user_id: 1, max_queue_size: 1, work_dir: '$HOME' })).toEqual([]);
});

test('a refused secret is not repeated', () => {
  const found = checkConfig(settingsAttributes, { token: 'my secret token' });
  expect(found).toMatchObject([{ path: ['token'] }]);
  expect(JSON.stringify(found)).not.toContain('secret token');
  const address = checkConfig(settingsAttributes, { server_url: 'https://me:hunter2@example.org' });
  expect(address).toMatchObject([{ path: ['server_url'], detail: expect.stringContaining('give a token') }]);
  expect(JSON.stringify(address)).not.toContain('hunter2');
});
