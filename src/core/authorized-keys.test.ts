import { expect, test } from 'vitest';
import { authorizedKeysLine } from './authorized-keys.ts';

test('a line that opens commands and nothing else', () => {
  expect(authorizedKeysLine('ssh-ed25519 AAAA', 'latchkey:user-5')).toBe(
    'restrict ssh-ed25519 AAAA latchkey:user-5',
  );
});

test('a comment cannot begin another line', () => {
  expect(authorizedKeysLine('ssh-ed25519 AAAA', 'x\nssh-rsa BBBB evil')).toBe(
    'restrict ssh-ed25519 AAAA xssh-rsaBBBBevil',
  );
});
