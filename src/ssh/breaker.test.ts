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
const limits = { blockedMs: 900_000, backOffMs: 500, maxBackOffMs: 4_000 };
const setUp = () => {
  let now = 1_000_000;
  const breaker = createBreaker(limits, { now: () => now }, () => 1);
  return { breaker, pass: (ms: number) => (now += ms) };
};
const refusal = new AppError('credential_refused', 502, 'refused');
const unreachable = new AppError('host_unreachable', 502, 'hpc.example could not be reached: nobody there');

test('promise 21: the second refusal blocks that key, and no other', () => {
  const { breaker, pass } = setUp();
  breaker.failed(target, refusal);
  expect(() => breaker.check(target)).not.toThrow();
  breaker.failed(target, refusal);
  expect(() => breaker.check(target)).toThrow(
    expect.objectContaining({ code: 'credential_blocked', status: 409 }),
  );
  expect(() => breaker.check({ ...target, credentialKey: 'managed:1@2' })).not.toThrow();
  expect(() => breaker.check({ ...target, credentialKey: 'managed:2@1' })).not.toThrow();
  pass(900_001);
  expect(() => breaker.check(target)).not.toThrow();
  breaker.failed(target, refusal);
  expect(() => breaker.check(target)).not.toThrow();
});

test('a success or a forgiving word clears refusals', () => {
  const { breaker } = setUp();
  breaker.failed(target, refusal);
  breaker.succeeded(target);
  breaker.failed(target, refusal);
  expect(() => breaker.check(target)).not.toThrow();
  breaker.failed(target, refusal);
  breaker.forgive({ credential: 'managed:2' });
  expect(() => breaker.check(target)).toThrow();
  breaker.forgive({ credential: 'managed:1' });
  expect(() => breaker.check(target)).not.toThrow();
});

test('another key for a jump host is a fresh try of the way over it', () => {
  const { breaker } = setUp();
  const way = { ...target, through: [{ ...target, hostName: 'gate.example', credentialKey: 'managed:9@2' }] };
  for (const _ of [1, 2]) breaker.failed(way, refusal);
  expect(() => breaker.check(way)).toThrow();
  breaker.forgive({ credential: 'managed:9' });
  expect(() => breaker.check(way)).not.toThrow();
});

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
