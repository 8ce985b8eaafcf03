import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nextLook, nextRead, retryDelay } from './pace.ts';

describe('pace', () => {
  test('looks every 2 s at a fresh run and every 32 s at a quiet one', () => {
    expect(nextLook(100_500, 100_000)).toBe(102_000);
    expect(nextLook(100_000 + 19_000, 100_000)).toBe(120_000);
    expect(nextLook(100_000 + 3_600_000, 100_000) - (100_000 + 3_600_000)).toBeLessThanOrEqual(32_000);
    expect(nextLook(32_000 * 200, 0)).toBe(32_000 * 201);
  });

  test('a longer interval falls on a tick of every shorter one', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e9 }), fc.integer({ min: 0, max: 1e6 }), (now, age) => {
        const due = nextLook(now + age, now);
        expect(due).toBeGreaterThan(now + age);
        expect(due - (now + age)).toBeLessThanOrEqual(32_000);
        expect(due % 2_000).toBe(0);
      }),
    );
  });

  test('files: within 4 s after whatever silence, while the members on a cluster are few', () => {
    for (const silence of [0, 60_000, 480_000, 86_400_000])
      for (const members of [1, 20, 40]) {
        const pauses = Array.from({ length: 40 }, (_, index) => {
          const now = 10_000_000 + silence + index * 317;
          return nextRead(now, 10_000_000, { member: `user${index}`, members }) - now;
        });
        expect(Math.max(...pauses)).toBeLessThanOrEqual(4_000);
      }
  });

  test('files: every 2 s for a few members; for many each gets seldomer, and all together ten a second', () => {
    expect(nextRead(100_500, 100_000)).toBe(102_000);
    const members = Array.from({ length: 200 }, (_, index) => `user${index}`);
    const start = 1_000_000;
    const perSecond = new Map<number, number>();
    for (const member of members)
      for (let now = start; now < start + 64_000; ) {
        const due = nextRead(now, start, { member, members: members.length });
        expect(due).toBeGreaterThan(now);
        expect(due - now).toBeLessThanOrEqual(32_000);
        perSecond.set(Math.floor(due / 1_000), (perSecond.get(Math.floor(due / 1_000)) ?? 0) + 1);
        now = due;
      }
    expect(Math.max(...perSecond.values())).toBeLessThanOrEqual(20);
  });

  test('failures are retried later and later, up to about a minute', () => {
    expect(retryDelay(1, () => 0.5)).toBe(1_000);
    expect(retryDelay(3, () => 0.5)).toBe(4_000);
    expect(retryDelay(50, () => 1)).toBe(72_000);
    expect(retryDelay(1, () => 0)).toBe(800);
  });
});
