/** Where address and token come from, and what is said where they are missing. */
import { expect, test } from 'vitest';
import { AtPlace } from './diagnostics.ts';
import { readSettings } from './settings.ts';

const nothing = { server_url: null, token: null, bearer_auth: null, ca_certificate: null };
const address = 'http://latchkey.example.org';
const problemOf = (work: () => unknown): AtPlace => {
  try {
    work();
  } catch (error) {
    if (error instanceof AtPlace) return error;
  }
  throw new Error('no problem at a place');
};

test('what is written goes before the environment, and our own names there before the published ones', () => {
  const environment = {
    LATCHKEY_SERVER_URL: 'http://ours',
    TOWER_API_ENDPOINT: 'http://theirs',
    LATCHKEY_TOKEN: 'ours',
    TOWER_ACCESS_TOKEN: 'theirs',
  };
  const read = (given: Partial<typeof nothing> | object, from: NodeJS.ProcessEnv = environment) =>
    readSettings({ ...nothing, ...given }, from);
  expect(read({ server_url: address, token: 'written' })).toEqual({ serverUrl: address, token: 'written' });
  expect(read({ server_url: address, bearer_auth: 'older' })).toMatchObject({ token: 'older' });
  expect(read({})).toEqual({ serverUrl: 'http://ours', token: 'ours' });
  const { LATCHKEY_SERVER_URL: _url, LATCHKEY_TOKEN: _token, ...published } = environment;
  expect(read({}, published)).toEqual({ serverUrl: 'http://theirs', token: 'theirs' });
  // Set and empty is not given; a file's last line break is no part of a token.
  expect(read({}, { ...environment, LATCHKEY_TOKEN: '', TOWER_ACCESS_TOKEN: 'theirs\n' })).toMatchObject({
    token: 'theirs',
  });
});

test('what is missing or wrong is said at it, with where it may be given', () => {
  const noAddress = problemOf(() => readSettings(nothing, { LATCHKEY_TOKEN: 't' }));
  expect(noAddress).toMatchObject({ path: ['server_url'] });
  expect(noAddress.message).toMatch(/LATCHKEY_SERVER_URL/);
  const noToken = problemOf(() => readSettings({ ...nothing, server_url: address }, {}));
  expect(noToken).toMatchObject({ path: ['token'] });
  expect(noToken.message).toMatch(/LATCHKEY_TOKEN \(or TOWER_ACCESS_TOKEN\)/);
  // Nobody has checked the environment's before.
  const wrong = problemOf(() =>
    readSettings(nothing, { LATCHKEY_SERVER_URL: 'ftp://x', LATCHKEY_TOKEN: 't' }),
  );
  expect(wrong).toMatchObject({ path: ['server_url'] });
});
