import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { giveSpareMemoryBack } from './spare-memory.ts';

const megabytes = 1024 * 1024;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test.each([
  ['an idle process that holds much', { busy: 0.01, spareBytes: 60 * megabytes }, 1],
  ['a busy one', { busy: 0.3, spareBytes: 60 * megabytes }, 0],
  ['one that holds little', { busy: 0.01, spareBytes: 4 * megabytes }, 0],
])('memory is given back by %s: %j', (_, heap, times) => {
  const collect = vi.fn<() => void>();
  giveSpareMemoryBack(() => heap, collect);
  expect(collect).not.toHaveBeenCalled();
  vi.advanceTimersByTime(5_000);
  expect(collect).toHaveBeenCalledTimes(times);
});

test('the collection is there without a flag on the command line', () => {
  giveSpareMemoryBack(() => ({ busy: 0, spareBytes: Infinity }));
  expect(() => vi.advanceTimersByTime(5_000)).not.toThrow();
});
