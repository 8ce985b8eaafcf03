/** What people write behind `terraform import`, right and wrong. */
import { describe, expect, test } from 'vitest';
import { resources } from './catalogue.ts';
import { parseImportId } from './import-id.ts';

const keys = resources.get('managed_credentials')?.importKeys ?? [];
const parse = (id: string) => parseImportId(id, keys);
const how = 'Write {"managed_identity_id": 0, "org_id": 0, ["managed_credentials_id": 0], ["user_id": 0]}';

describe('understood', () => {
  test.each([
    ['{"managed_identity_id": 10, "org_id": 7}', { managed_identity_id: 10, org_id: 7 }],
    ['{"org_id":7,"managed_identity_id":10}', { managed_identity_id: 10, org_id: 7 }],
    ['  {"managed_identity_id": "10", "org_id": "7"}\n', { managed_identity_id: 10, org_id: 7 }],
    [
      '{"managed_identity_id": 10, "org_id": 7, "user_id": 5}',
      { managed_identity_id: 10, org_id: 7, user_id: 5 },
    ],
    [
      '{"managed_identity_id": 10, "org_id": 7, "managed_credentials_id": 5}',
      { managed_identity_id: 10, org_id: 7, managed_credentials_id: 5 },
    ],
    [
      '{"managed_identity_id": 10, "org_id": 7, "managed_credentials_id": 5, "user_id": null}',
      { managed_identity_id: 10, org_id: 7, managed_credentials_id: 5 },
    ],
    ['10/7', { managed_identity_id: 10, org_id: 7 }],
    ['10/7/5', { managed_identity_id: 10, org_id: 7, managed_credentials_id: 5 }],
  ])('%s', (id, expected) => {
    expect(parse(id)).toEqual(expected);
  });

  test('the documented zeros name nothing where a number is needed, and nothing at all where none is', () => {
    expect(() => parse('{"managed_identity_id": 0, "org_id": 0}')).toThrow(
      `"managed_identity_id" in the import id must be a number above 0. ${how}`,
    );
    const identity = resources.get('managed_identity')?.importKeys ?? [];
    expect(parseImportId('{"managed_identity_id": 3, "org_id": 0}', identity)).toEqual({
      managed_identity_id: 3,
    });
    expect(parse('{"managed_identity_id": 3, "org_id": 4, "user_id": 0}')).toEqual({
      managed_identity_id: 3,
      org_id: 4,
    });
  });
});

describe('refused, with how it is written', () => {
  test.each([
    ['', 'The import id lacks "managed_identity_id".'],
    ['10', 'The import id lacks "org_id".'],
    ['{', 'The import id is not valid JSON.'],
    ['{"managed_identity_id": 10, "org_id": 7', 'The import id is not valid JSON.'],
    ["{'managed_identity_id': 10}", 'The import id is not valid JSON.'],
    ['{"managed_identity_id": 10, "org_id": 7,}', 'The import id is not valid JSON.'],
    ['{}', 'The import id lacks "managed_identity_id".'],
    ['{"managed_identity_id": 10}', 'The import id lacks "org_id".'],
    ['{"managed_identity_id": 10, "org_id": null}', 'The import id lacks "org_id".'],
    ['{"managed_identity_id": 10, "orgId": 7}', 'The import id has nothing named "orgId".'],
    ['{"managed_identity_id": 10, "org_id": 7, "__proto__": 1}', 'nothing named "__proto__"'],
    ['{"managed_identity_id": "x", "org_id": 7}', '"managed_identity_id" in the import id must be a number'],
    ['{"managed_identity_id": 1.5, "org_id": 7}', '"managed_identity_id" in the import id must be a number'],
    ['{"managed_identity_id": -1, "org_id": 7}', '"managed_identity_id" in the import id must be a number'],
    ['{"managed_identity_id": [10], "org_id": 7}', '"managed_identity_id" in the import id must be a number'],
    ['{"managed_identity_id": 99999999999999999999, "org_id": 7}', 'must be a number'],
    ['[10, 7]', '"managed_identity_id" in the import id must be a number'],
    ['10/7/5/6/8', 'The import id has nothing named "part 5".'],
    ['10//5', 'The import id lacks "org_id".'],
  ])('%s', (id, sentence) => {
    expect(() => parse(id)).toThrow(sentence);
    expect(() => parse(id)).toThrow(how);
  });
});
