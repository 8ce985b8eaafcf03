/** What may be a label, and what its variables become. */
import { describe, expect, test } from 'vitest';
import { checkLabel, interpolated, isDynamic, labelText } from './labels.ts';

const refusal = (name: string, value: string | null): string => {
  try {
    checkLabel({ name, value });
    return '';
  } catch (error) {
    return (error as Error).message;
  }
};

describe('labels', () => {
  test.each([
    ['rnaseq', null],
    ['a', null],
    ['RNA_seq-2', null],
    ['cost centre', 'B 17/4'],
    ['project', 'atlas=2'],
    ['run', '${workflowId}'],
    ['run', 'r-${workflowId}-${sessionId}'],
  ])('%s %s may be', (name, value) => expect(refusal(name, value)).toBe(''));

  test.each([
    ['', null, /^name: /],
    ['-a', null, /^name: /],
    ['a b', null, /^name: /],
    ['a=b', null, /^name: /],
    ['x'.repeat(101), null, /^name: /],
    ['ok', '', /^value: /],
    ['ok', 'x'.repeat(201), /^value: /],
    ['ok', 'semi;colon', /^value: /],
    ['ok', '${userName}', /^value: \$\{userName\} is no variable/],
    ['ok', '${workflowId', /^value: /],
    ['ok=', 'x', /^name: /],
  ])('%j %j may not be', (name, value, why) => expect(refusal(name, value)).toMatch(why));

  test('variables stand for the run', () => {
    const known = { workflowId: 'W1', sessionId: 'S1' };
    expect(interpolated('a-${workflowId}/${sessionId}', known)).toBe('a-W1/S1');
    expect(interpolated('plain', known)).toBe('plain');
    expect([
      isDynamic({ value: 'x${workflowId}' }),
      isDynamic({ value: 'x' }),
      isDynamic({ value: null }),
    ]).toEqual([true, false, false]);
    expect(labelText({ name: 'project', value: 'atlas' })).toBe('project=atlas');
  });
});
