/** What a plan comes to, by the rules that Terraform holds a provider to. */
import { describe, expect, test } from 'vitest';
import { unknownValue, type ValueMap } from '../values/value.ts';
import { flag, number, objects, text, texts } from './attribute.ts';
import { changedNames, completed, openFollowers, planState, replacingPaths } from './plan.ts';

const described = { description: 'For people.' } as const;
const attributes = {
  name: text({ required: true, ...described }),
  zone: text({ optional: true, replaces: true, ...described }),
  size: number({ optional: true, computed: true, default: 3, ...described }),
  owner: text({ optional: true, computed: true, ...described }),
  id: text({ ...described }),
  status: text({ follows: ['name', 'secret_version'], ...described }),
  seen: text({ follows: 'everything', ...described }),
  secret: text({ optional: true, writeOnly: true, ...described }),
  secret_version: number({ optional: true, ...described }),
  tags: texts({ optional: true, ...described }),
  rules: objects({
    optional: true,
    ...described,
    attributes: {
      key: text({ required: true, ...described }),
      head: flag({
        optional: true,
        computed: true,
        default: ({ compute }: ValueMap) => (compute ?? null) === null,
        ...described,
      }),
      compute: flag({ optional: true, ...described }),
      told: text({ ...described }),
      hidden: text({ optional: true, writeOnly: true, ...described }),
    },
  }),
};

const nothing = Object.fromEntries(Object.keys(attributes).map((name) => [name, null]));
const prior: ValueMap = {
  ...nothing,
  name: 'a',
  zone: 'north',
  size: 3,
  owner: 'olga',
  id: '7',
  status: 'ok',
  seen: 'today',
};

describe('something new', () => {
  test('what is written stays as it is, what is not is filled in, left open, or nothing', () => {
    expect(planState(attributes, { ...nothing, name: 'a', secret: 'x' }, null)).toEqual({
      name: 'a',
      zone: null,
      size: 3,
      owner: unknownValue,
      id: unknownValue,
      status: unknownValue,
      seen: unknownValue,
      secret: null,
      secret_version: null,
      tags: null,
      rules: null,
    });
  });

  test('an unknown value stays unknown, even where a default would stand', () => {
    const planned = planState(attributes, { ...nothing, name: unknownValue, size: unknownValue }, null);
    expect(planned).toMatchObject({ name: unknownValue, size: unknownValue });
    expect(planState(attributes, { ...nothing, rules: unknownValue }, null)['rules']).toBe(unknownValue);
  });

  test('inside lists too, and a secret is not even there', () => {
    const rules: ValueMap[] = [
      { key: 'k', hidden: 'secret' },
      { key: 'l', compute: true },
      { key: 'm', head: unknownValue },
    ];
    expect(planState(attributes, { ...nothing, rules }, null)['rules']).toEqual([
      { key: 'k', head: true, compute: null, told: unknownValue, hidden: null },
      { key: 'l', head: false, compute: true, told: unknownValue, hidden: null },
      { key: 'm', head: unknownValue, compute: null, told: unknownValue, hidden: null },
    ]);
    expect(planState(attributes, { ...nothing, rules: [] }, null)['rules']).toEqual([]);
    expect(planState(attributes, { ...nothing, rules: [unknownValue] }, null)['rules']).toEqual([
      unknownValue,
    ]);
  });
});

describe('something that is there', () => {
  test('what nobody wrote is kept; what was written and is not any more goes', () => {
    const config = { ...nothing, name: 'a' };
    expect(planState(attributes, config, prior)).toEqual({ ...prior, zone: null });
    expect(planState(attributes, config, { ...prior, size: 9 })).toMatchObject({ size: 3 });
  });

  test('elements of lists keep what was told of those in their place', () => {
    const before = { ...prior, rules: [{ key: 'k', head: true, compute: null, told: 'x', hidden: null }] };
    const rules = [{ key: 'k' }, { key: 'n' }];
    expect(planState(attributes, { ...nothing, name: 'a', rules }, before)['rules']).toMatchObject([
      { told: 'x' },
      { told: unknownValue },
    ]);
  });

  test('what follows a change is left open, and nothing where nothing changes', () => {
    const open = (config: ValueMap) => {
      const planned = planState(attributes, config, prior);
      return openFollowers(attributes, config, planned, changedNames(planned, prior));
    };
    const same = { ...nothing, name: 'a', zone: 'north' };
    expect(open(same)).toEqual(prior);
    expect(open({ ...same, name: 'b' })).toMatchObject({
      status: unknownValue,
      seen: unknownValue,
      id: '7',
      owner: 'olga',
    });
    expect(open({ ...same, tags: ['x'] })).toMatchObject({ status: 'ok', seen: unknownValue });
    expect(open({ ...same, secret_version: 2 })).toMatchObject({ status: unknownValue, secret: null });
    // A secret alone is no change that anybody could see.
    expect(open({ ...same, secret: 'other' })).toEqual(prior);
  });

  test('another thing only where an attribute says so and differs', () => {
    const paths = (planned: ValueMap) => replacingPaths(attributes, { ...prior, ...planned }, prior);
    expect(paths({ zone: 'south' })).toEqual([['zone']]);
    expect(paths({ zone: unknownValue })).toEqual([['zone']]);
    expect(paths({ zone: null })).toEqual([['zone']]);
    expect(paths({ name: 'b', size: 4 })).toEqual([]);
  });
});

test('a state has all attributes, no unknown ones and no secrets', () => {
  expect(
    completed(attributes, {
      name: 'a',
      secret: 'x',
      strange: 1,
      rules: [{ key: 'k', hidden: 'x', more: 2 }],
    }),
  ).toEqual({
    ...nothing,
    name: 'a',
    rules: [{ key: 'k', head: null, compute: null, told: null, hidden: null }],
  });
});
