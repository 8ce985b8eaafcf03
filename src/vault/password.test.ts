import { describe, expect, test } from 'vitest';
import { hashPassword, verifyPassword } from './password.ts';

describe('passwords', () => {
  test('a hash is argon2id in PHC form with its own salt, and fits its password alone', async () => {
    const [one, other] = await Promise.all([hashPassword('korrekt Pferd'), hashPassword('korrekt Pferd')]);
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(one).not.toBe(other);
    expect(await verifyPassword('korrekt Pferd', one)).toBe(true);
    expect(await verifyPassword('korrekt pferd', one)).toBe(false);
    expect(await verifyPassword('', one)).toBe(false);
  });

  test('a hash with other parameters is understood', async () => {
    // Other cost, and a salt ("somesalt") shorter than ours.
    const stored = '$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4';
    expect(await verifyPassword('password', stored)).toBe(true);
    expect(await verifyPassword('passwort', stored)).toBe(false);
  });

  test('the same password in another Unicode form is the same password', async () => {
    expect(await verifyPassword('B\u00e4r', await hashPassword('Ba\u0308r'))).toBe(true);
  });

  test('without a stored hash, or with a broken one, the answer is no, after the same work', async () => {
    const stored = await hashPassword('known');
    const effort = async (hash: string | undefined): Promise<number> => {
      const before = process.cpuUsage();
      for (let round = 0; round < 5; round += 1) expect(await verifyPassword('guess', hash)).toBe(false);
      const { user, system } = process.cpuUsage(before);
      return user + system;
    };
    await effort(stored);
    const [known, unknown, broken] = [
      await effort(stored),
      await effort(undefined),
      await effort('$argon2id$nonsense'),
    ];
    for (const other of [unknown, broken]) {
      expect(other).toBeGreaterThan(known / 4);
      expect(other).toBeLessThan(known * 4);
    }
  });

  test('an endless password costs nothing', async () => {
    const stored = await hashPassword('x'.repeat(1024));
    expect(await verifyPassword('x'.repeat(1025), stored)).toBe(false);
    await expect(hashPassword('x'.repeat(1025))).rejects.toThrow(RangeError);
  });
});
