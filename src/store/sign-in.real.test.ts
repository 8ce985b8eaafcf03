/** Tokens, sessions and one-time links: on both databases. */
import { expect, test } from 'vitest';
import { addUser, onBothDatabases } from '#test/support/databases.ts';

const whole = { power: null, organisationId: null, workspaceId: null };
const from = { ip: '192.0.2.1', userAgent: 'test' };

onBothDatabases(({ open, url }) => {
  test('tokens: newest first, touched, removed; a number is never used twice', async () => {
    const store = await open();
    const { id: userId } = await addUser(store);
    const token = { userId, name: 't', hash: 'h', createdAt: 1, lastUsedAt: null, expiresAt: 99, ...whole };
    const old = await store.tokens.insert(token);
    const young = await store.tokens.insert({ ...token, createdAt: 2 });
    expect(await store.tokens.listOfUser(userId)).toEqual([young, old]);
    await store.tokens.touch(old.id, 7);
    expect(await store.tokens.find(old.id)).toEqual({ ...old, lastUsedAt: 7 });
    await store.tokens.remove(young.id);
    expect(await store.tokens.find(young.id)).toBeUndefined();
    expect((await store.tokens.insert(token)).id).toBeGreaterThan(young.id);
  });

  test('sessions: found, touched, removed, expired ones swept', async () => {
    const store = await open();
    const { id: userId } = await addUser(store);
    const session = (hash: string, expiresAt: number) => ({
      hash,
      userId,
      createdAt: 1,
      lastSeenAt: 1,
      expiresAt,
      ...from,
    });
    for (const hash of ['a', 'b', 'c']) await store.sessions.insert(session(hash, hash === 'a' ? 10 : 20));
    await store.sessions.touch('b', 5);
    expect(await store.sessions.find('b')).toEqual({ ...session('b', 20), lastSeenAt: 5 });
    await store.sessions.removeExpired(10);
    await store.sessions.remove('c');
    expect(await store.sessions.find('a')).toBeUndefined();
    expect(await store.sessions.find('b')).toBeDefined();
    expect(await store.sessions.find('c')).toBeUndefined();
  });

  test('sessions of one user are removed together, nobody else loses theirs', async () => {
    const store = await open();
    const [one, other] = [await addUser(store), await addUser(store)];
    const times = { createdAt: 1, lastSeenAt: 1, expiresAt: 20, ...from };
    for (const hash of ['a', 'b']) await store.sessions.insert({ hash, userId: one.id, ...times });
    await store.sessions.insert({ hash: 'c', userId: other.id, ...times });
    await store.sessions.removeOfUser(one.id);
    expect(await Promise.all(['a', 'b', 'c'].map((hash) => store.sessions.find(hash)))).toEqual([
      undefined,
      undefined,
      { hash: 'c', userId: other.id, ...times },
    ]);
  });

  test('a one-time link works once, however many use it at once, from however many processes', async () => {
    const place = await url();
    const store = await open(place);
    const other = await open(place);
    const link = {
      hash: 'x',
      purpose: 'first-owner',
      userId: null,
      createdAt: 1,
      expiresAt: 100,
      usedAt: null,
      madeBy: null,
    } as const;
    await store.oneTimeLinks.insert(link);
    const uses = await Promise.all(
      [...Array(20).keys()].map((n) => (n % 2 ? store : other).oneTimeLinks.use('x', 50)),
    );
    expect(uses.filter(Boolean)).toHaveLength(1);
    expect(await store.oneTimeLinks.find('x')).toEqual({ ...link, usedAt: 50 });
  });

  test('an expired link does not work; only unused ones of the purpose are removed', async () => {
    const store = await open();
    const { id: userId } = await addUser(store);
    const link = { userId, createdAt: 1, expiresAt: 100, usedAt: null, madeBy: null };
    await store.oneTimeLinks.insert({ ...link, hash: 'first', purpose: 'first-owner' });
    await store.oneTimeLinks.insert({ ...link, hash: 'used', purpose: 'first-owner' });
    await store.oneTimeLinks.insert({ ...link, hash: 'set', purpose: 'set-password' });
    expect(await store.oneTimeLinks.use('first', 100)).toBe(false);
    expect(await store.oneTimeLinks.use('unknown', 1)).toBe(false);
    expect(await store.oneTimeLinks.use('used', 99)).toBe(true);
    await store.oneTimeLinks.removeUnused('first-owner');
    expect(await store.oneTimeLinks.find('first')).toBeUndefined();
    expect(await store.oneTimeLinks.find('used')).toBeDefined();
    expect(await store.oneTimeLinks.find('set')).toBeDefined();
  });
});
