import { expect, test } from 'vitest';
import { AppError } from '#core/errors.ts';
import type { ClusterTarget } from '#core/ports/cluster-access.ts';
import { createBreaker } from './breaker.ts';

const target: ClusterTarget = {
  clusterKey: 'identity:1',
  credentialKey: 'managed:1@1',
  hostName: 'hpc.example',
  port: 22,
  userName: 'alice',
  pins: [],
  signer: { publicBlob: new Uint8Array(), sign: async () => new Uint8Array() },
};
const limits = { backOffMs: 500, maxBackOffMs: 4_000 };
const setUp = () => {
  let now = 1_000_000;
  const breaker = createBreaker(limits, { now: () => now }, () => 1);
  return { breaker, pass: (ms: number) => (now += ms) };
};
const unreachable = new AppError('host_unreachable', 502, 'hpc.example could not be reached: nobody there');

test('an unreachable host is left alone for a while that grows to its limit', () => {
  const { breaker, pass } = setUp();
  for (const wait of [500, 1_000, 2_000, 4_000, 4_000]) {
    breaker.failed(target, unreachable);
    pass(wait - 1);
    expect(() => breaker.check(target)).toThrow('nobody there');
    pass(1);
    expect(() => breaker.check(target)).not.toThrow();
  }
  breaker.failed(target, unreachable);
  expect(() => breaker.check({ ...target, hostName: 'other.example' })).not.toThrow();
  breaker.succeeded(target);
  expect(() => breaker.check(target)).not.toThrow();
});
