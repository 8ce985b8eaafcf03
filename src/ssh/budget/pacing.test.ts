/** The arithmetic of budgets: never more than is allowed within any span, and nobody's burst before another's first. */
import { describe, expect, test } from 'vitest';
import type { ClusterBudget } from '#core/budgets.ts';
import { plenty } from '#test/support/member.ts';
import { createTestSigner } from '#test/support/test-signer.ts';
import { createBudgets } from './budgets.ts';
import { createFairQueue } from './fair-queue.ts';
import { createMeter } from './meter.ts';
import { createTurns } from './turns.ts';
import { createWindow } from './window.ts';

describe('a window', () => {
  test('lets go what is allowed, and more as the oldest leave it', () => {
    const window = createWindow(60_000);
    for (const at of [0, 10, 20]) {
      expect(window.waitMs('alice', 3, at)).toBe(0);
      window.take('alice', at);
    }
    expect(window.waitMs('alice', 3, 1_000)).toBe(59_000);
    expect(window.waitMs('alice', 3, 59_999)).toBe(1);
    expect(window.waitMs('alice', 3, 60_000)).toBe(0);
    expect([window.free('alice', 3, 60_000), window.taken(60_000)]).toEqual([1, 2]);
  });

  test('never more than the limit within any span, however it is asked', () => {
    const window = createWindow(1_000);
    const went: number[] = [];
    for (let now = 0; now < 20_000; now += 7) {
      const member = `m${now % 5}`;
      if (window.waitMs(member, 20, now) > 0) continue;
      window.take(member, now);
      went.push(now);
    }
    for (const [at, start] of went.entries())
      expect(went.slice(at).filter((time) => time < start + 1_000).length).toBeLessThanOrEqual(20);
    expect(went.length).toBe(18 * 20);
  });

  test('promise 21: a tenth is kept for members who had nothing within the span', () => {
    const window = createWindow(60_000);
    let burst = 0;
    while (window.waitMs('alice', 60, 0) === 0) {
      window.take('alice', 0);
      burst += 1;
    }
    expect(burst).toBe(54);
    expect(window.waitMs('bob', 60, 0)).toBe(0);
    window.take('bob', 0);
    expect(window.waitMs('alice', 60, 0)).toBe(60_000);
  });

  test('says when many more will be free: whole spans for each further limit', () => {
    const window = createWindow(60_000);
    for (let at = 0; at < 4; at += 1) window.take('a', at);
    expect(window.freeIn(1, 'a', 4, 100)).toBe(60_000 - 100);
    expect(window.freeIn(4, 'a', 4, 100)).toBe(60_003 - 100);
    expect(window.freeIn(5, 'a', 4, 100)).toBe(120_000 - 100);
    // An owner has lowered the limit below what is in the window.
    expect(window.freeIn(1, 'a', 2, 100)).toBe(60_002 - 100);
  });
});

describe('a queue', () => {
  const late = () => new Error('late');

  test('promise 21: members are served in turn, whoever came first with however many', async () => {
    let free = 0;
    const queue = createFairQueue({ waitMs: () => (free > 0 ? 0 : Infinity), take: () => void (free -= 1) });
    const order: string[] = [];
    const wait = (member: string) =>
      queue.wait(member, { limitMs: 60_000, late }).then(() => void order.push(member));
    const all = [...Array.from({ length: 5 }, () => wait('alice')), wait('bob'), wait('carol'), wait('bob')];
    expect(queue.waiting()).toBe(8);
    free = 8;
    queue.poke();
    await Promise.all(all);
    expect(order).toEqual(['alice', 'bob', 'carol', 'alice', 'bob', 'alice', 'alice', 'alice']);
  });

  test('whoever comes later does not overtake, and nobody has to say that time has passed', async () => {
    let freeAt = Infinity;
    const order: string[] = [];
    const queue = createFairQueue({
      waitMs: () => Math.max(0, freeAt - performance.now()),
      take: () => void (freeAt = performance.now() + 20),
    });
    const wait = (name: string) =>
      queue.wait('alice', { limitMs: 60_000, late }).then(() => void order.push(name));
    const first = wait('first');
    // It has become free, and nobody has noticed.
    freeAt = 0;
    await Promise.all([first, wait('second'), wait('third')]);
    expect(order).toEqual(['first', 'second', 'third']);
  });

  test('who waits too long, gives up or is told leaves no trace', async () => {
    const queue = createFairQueue({ waitMs: () => Infinity, take: () => {} });
    await expect(queue.wait('alice', { limitMs: 5, late })).rejects.toThrow('late');
    expect(queue.waiting()).toBe(0);
    const gone = new AbortController();
    const left = queue.wait('alice', { limitMs: 60_000, late, signal: gone.signal });
    gone.abort(new Error('called off'));
    await expect(left).rejects.toThrow('called off');
    expect(queue.waiting()).toBe(0);
    const told = queue.wait('bob', { limitMs: 60_000, late });
    queue.fail(new Error('suspended'));
    await expect(told).rejects.toThrow('suspended');
    expect(queue.waiting()).toBe(0);
  });
});

describe('turns', () => {
  const world = (most: number) => {
    let now = 0;
    const window = createWindow(60_000);
    const turns = createTurns(window, () => now);
    return {
      ask: (member: string, ticket: string) => turns.ask(member, ticket, most),
      turns,
      at: (time: number) => void (now = time),
    };
  };

  test('what is granted is kept for its ticket and used once', () => {
    const { ask, turns } = world(1);
    expect(ask('alice', 'run1')).toBeUndefined();
    expect(ask('alice', 'run1')).toBeUndefined();
    expect(ask('alice', 'run2')).toBe(10_000);
    expect([turns.use('run1'), turns.use('run1'), turns.use('run2')]).toEqual([true, false, false]);
  });

  test("promise 21: another member's first goes before the rest of a burst", () => {
    const { ask, at } = world(2);
    const burst = ['a1', 'a2', 'a3', 'a4'];
    expect(burst.map((ticket) => ask('alice', ticket) === undefined)).toEqual([true, true, false, false]);
    expect(ask('bob', 'b1')).toBeDefined();
    at(60_000);
    // Alice asks first again; she may have one of the two that are free now, Bob's is kept for him.
    expect(['a3', 'a4'].map((ticket) => ask('alice', ticket) === undefined)).toEqual([true, false]);
    expect(ask('bob', 'b1')).toBeUndefined();
  });

  test('of two who have had as much, the one who asked first goes first, whoever comes back sooner', () => {
    const { ask, at } = world(1);
    expect(ask('carol', 'c1')).toBeUndefined();
    expect([ask('alice', 'a1'), ask('bob', 'b1')]).not.toContain(undefined);
    at(60_000);
    expect(ask('bob', 'b1')).toBeDefined();
    expect(ask('alice', 'a1')).toBeUndefined();
  });

  test('who does not ask again is not waited for', () => {
    const { ask, at, turns } = world(1);
    ask('alice', 'a1');
    ask('bob', 'b1');
    at(200_000);
    expect(ask('carol', 'c1')).toBeUndefined();
    expect(turns.waiting()).toBe(0);
  });
});

describe('a budget', () => {
  const clock = { now: () => 0 };
  const signal = new AbortController().signal;

  test('that its owner widens lets go at once whoever waits', async () => {
    const meter = createMeter(clock, 60_000);
    meter.set('hpc', { ...plenty, connectionsPerMinute: 1 });
    await meter.connect('alice', () => {}, signal);
    const waits = meter.connect('bob', () => {}, signal);
    meter.set('hpc', { ...plenty, connectionsPerMinute: 2 });
    expect(await waits).toBeTypeOf('function');
  });

  const target = (budget: Partial<ClusterBudget>) => ({
    clusterKey: 'identity:1',
    credentialKey: 'managed:1@1',
    hostName: 'hpc',
    port: 22,
    userName: 'alice',
    pins: [],
    signer: createTestSigner(),
    cluster: { name: 'hpc', budget: { ...plenty, ...budget } },
  });
  const answer = (bytes: number) => ({
    exitCode: 0,
    stdout: new Uint8Array(bytes),
    stderr: new Uint8Array(),
    timedOut: false,
    truncated: false,
  });
  const command = { argv: ['x'], timeoutMs: 1_000 };

  test('of bytes counts what came in one go, too, and holds up nothing but what reads logs', async () => {
    const budgets = createBudgets({ clock, patienceMs: 10 });
    const hpc = target({ logBytesPerSecond: 1_000 });
    const read = (bytes: number) =>
      budgets.through(hpc, { ...command, kind: 'progress' }, async () => answer(bytes));
    await read(0);
    await read(2_000);
    await expect(read(1)).rejects.toMatchObject({ code: 'budget_exhausted' });
    await budgets.through(hpc, { ...command, kind: 'status' }, async () => answer(1));
  });

  test('of submissions: a turn that was granted is good for one', async () => {
    const budgets = createBudgets({ clock, patienceMs: 10 });
    const hpc = target({ submissionsPerMinute: 1 });
    const submit = () =>
      budgets.through(hpc, { ...command, kind: 'submit', ticket: 'run1' }, async () => answer(0));
    expect(budgets.submissionTurn(hpc, 'run1')).toBeUndefined();
    await submit();
    await expect(submit()).rejects.toMatchObject({ code: 'budget_exhausted' });
  });
});
