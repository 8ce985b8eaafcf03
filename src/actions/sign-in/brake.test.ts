import { describe, expect, test } from 'vitest';
import { testClock } from '#test/support/api.ts';
import { createSignInBrake } from './brake.ts';

const here = { account: 'olivia', address: '192.0.2.1' };

describe('the brake', () => {
  test('waits twice as long after each failure, a minute at most, and forgets', () => {
    const clock = testClock();
    const brake = createSignInBrake(clock);
    const waits: number[] = [];
    for (let count = 0; count < 14; count += 1) {
      brake.failed(here);
      waits.push(brake.refuseFor(here) / 1000);
    }
    expect(waits).toEqual([0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60]);
    clock.advance(60_000);
    expect(brake.refuseFor(here)).toBe(0);
    clock.advance(15 * 60_000);
    brake.failed(here);
    expect(brake.refuseFor(here)).toBe(0);
  });

  test('holds an address back that tries many accounts, and nobody else', () => {
    const brake = createSignInBrake(testClock());
    for (let count = 0; count < 30; count += 1)
      brake.failed({ account: `user${count}`, address: here.address });
    expect(brake.refuseFor(here)).toBe(1000);
    expect(brake.refuseFor({ account: 'user1', address: '192.0.2.2' })).toBe(0);
  });

  test('an account guessed at from everywhere answers more slowly, never not at all', () => {
    const brake = createSignInBrake(testClock());
    for (let count = 0; count < 500; count += 1)
      brake.failed({ account: 'Olivia', address: `198.51.100.${count}` });
    expect(brake.refuseFor(here)).toBe(0);
    expect(brake.delayFor(here)).toBe(3_000);
  });

  test('a success forgives the account there', () => {
    const brake = createSignInBrake(testClock());
    for (let count = 0; count < 6; count += 1) brake.failed(here);
    expect(brake.refuseFor(here)).toBeGreaterThan(0);
    brake.succeeded(here);
    expect(brake.refuseFor(here)).toBe(0);
  });

  test('attempts at the same time count before their outcome is known, and no longer', () => {
    const brake = createSignInBrake(testClock());
    const ends = [1, 2, 3, 4, 5].map(() => {
      expect(brake.refuseFor(here)).toBe(0);
      return brake.begin(here);
    });
    expect(brake.refuseFor(here)).toBe(1000);
    for (const end of ends) end();
    expect(brake.refuseFor(here)).toBe(0);
  });

  test('its memory has an end', () => {
    const brake = createSignInBrake(testClock());
    for (let count = 0; count < 6; count += 1) brake.failed(here);
    for (let count = 0; count < 8_000; count += 1)
      brake.failed({ account: `user${count}`, address: `host${count}` });
    expect(brake.refuseFor(here)).toBe(0);
  });
});
