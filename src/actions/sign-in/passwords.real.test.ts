/** What a new password means for sessions that were opened with the old one: on both databases. */
import { expect, test } from 'vitest';
import { systemCaller } from '#core/caller.ts';
import type { User } from '#core/people.ts';
import type { PasswordHashing } from '#core/ports/secrets.ts';
import type { Store } from '#core/ports/store.ts';
import { testClock } from '#test/support/api.ts';
import { onBothDatabases } from '#test/support/databases.ts';
import { equalSecret, hashSecret, newSecret } from '#vault/token-secret.ts';
import { createSetupActions } from '../setup.ts';
import { createSignInBrake } from './brake.ts';
import { writePassword } from './passwords.ts';
import { createSignInActions } from './sign-in.ts';

const system = systemCaller('test');
const visitor = { ip: null, userAgent: null, correlationId: 'test' };
const [before, after] = ['correct horse battery', 'staple correct horse'];

const people = async (store: Store) => {
  // Real hashes are tested in the vault.
  const passwords: PasswordHashing = {
    hashPassword: async (password) => `hash of ${password}`,
    verifyPassword: async (password, hash) => hash === `hash of ${password}`,
  };
  const clock = testClock();
  const secrets = { newSecret, hashSecret, equalSecret };
  const deps = { store, clock, passwords, secrets, brake: createSignInBrake(clock) };
  const setup = createSetupActions(deps);
  const olivia = { org: 'acme', user: 'olivia', email: 'o@example.org', password: before };
  const { user } = await setup.ensureFirstOwner(system, olivia);
  const mark = { org: 'acme', user: 'mark', email: 'm@example.org', password: before };
  await setup.ensureUser(system, mark);
  return {
    passwords,
    setup,
    setPassword: (whose: Pick<User, 'id' | 'userName'>, password: string) =>
      store.transaction((tables) => writePassword(tables, system, whose, `hash of ${password}`, clock.now())),
    signIn: createSignInActions(deps),
    user,
    mark,
    olivia,
  };
};

onBothDatabases(({ open }) => {
  test('promise 25: a new password ends all sessions of its user, and of nobody else', async () => {
    const { setPassword, signIn, user } = await people(await open());
    const own = [
      await signIn.signIn(visitor, 'olivia', before),
      await signIn.signIn(visitor, 'olivia', before),
    ];
    const other = await signIn.signIn(visitor, 'mark', before);
    await setPassword(user, after);
    for (const { secret } of own) expect(await signIn.verify(secret)).toBeUndefined();
    expect((await signIn.verify(other.secret))?.userName).toBe('mark');
    expect((await signIn.signIn(visitor, 'olivia', after)).user.id).toBe(user.id);
  });

  test('promise 25: so does one from the command line; the same password again ends nothing', async () => {
    const { setup, signIn, olivia, mark } = await people(await open());
    const session = async (name: string) => (await signIn.signIn(visitor, name, before)).secret;
    const [owner, member] = [await session('olivia'), await session('mark')];
    await setup.ensureFirstOwner(system, olivia);
    await setup.ensureUser(system, mark);
    expect([await signIn.verify(owner), await signIn.verify(member)]).not.toContain(undefined);
    await setup.ensureFirstOwner(system, { ...olivia, password: after });
    expect(await signIn.verify(owner)).toBeUndefined();
    expect(await signIn.verify(member)).toBeDefined();
    await setup.ensureUser(system, { ...mark, password: after });
    expect(await signIn.verify(member)).toBeUndefined();
  });

  test('promise 25: a sign-in that began with the old password opens no session after the new one', async () => {
    const { passwords, setPassword, signIn, user } = await people(await open());
    const verify = passwords.verifyPassword;
    passwords.verifyPassword = async (password, hash) => {
      const right = await verify(password, hash);
      await setPassword(user, after);
      return right;
    };
    await expect(signIn.signIn(visitor, 'olivia', before)).rejects.toMatchObject({ status: 401 });
  });
});
