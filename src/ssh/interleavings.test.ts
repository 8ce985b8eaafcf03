/** Promise 10 in the room of channels: whatever happens in whatever order, a command meets its own member's channel. */
import { expect, test } from 'vitest';
import { AppError } from '#core/errors.ts';
import type { ClusterTarget } from '#core/ports/cluster-access.ts';
import { createBreaker } from './breaker.ts';
import { type Channel, NotSent } from './channel.ts';
import { defaultLimits } from './limits.ts';
import { createPool, type OpenChannel } from './pool.ts';
import { createStats } from './stats.ts';
import { createSuspended } from './suspended.ts';

const interleavings = 100_000;

/** Repeatable: the number of an interleaving is its seed. */
const dice = (seed: number) => {
  let state = (seed * 2_654_435_761) >>> 0 || 1;
  return (sides: number): number => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % sides;
  };
};

const blobOf = (member: number, version: number): Uint8Array => Buffer.from(`key ${member}.${version}`);
const targetOf = (member: number, cluster: number, version: number): ClusterTarget => ({
  clusterKey: `identity:${cluster}`,
  credentialKey: `managed:${member}@${version}`,
  hostName: `hpc${cluster}`,
  port: 22,
  // Members of one cluster may even share an account: the key is what parts them.
  userName: member === 2 ? 'user1' : `user${member}`,
  pins: ['ssh-ed25519 AAAA'],
  signer: { publicBlob: blobOf(member, version), sign: async () => new Uint8Array() },
});
/** Who a channel, or a command, belongs to. */
const identity = ({ clusterKey, credentialKey, userName, hostName, signer }: ClusterTarget): string =>
  [clusterKey, credentialKey, userName, hostName, Buffer.from(signer.publicBlob).toString()].join(' ');

/** Everything that waits goes on when the dice say so. */
const createWorld = (roll: (sides: number) => number) => {
  const waiting: (() => void)[] = [];
  const moment = (): Promise<void> => new Promise((resolve) => waiting.push(resolve));
  const channels: Channel[] = [];
  const open: OpenChannel = async (target, signal) => {
    await moment();
    const fate = roll(10);
    if (signal.aborted) throw signal.reason;
    if (fate === 0) throw new NotSent('it died while it was being opened');
    if (fate === 1) throw new AppError('credential_refused', 502, 'refused');
    const own = identity(target);
    const { promise: gone, resolve } = Promise.withResolvers<number>();
    let alive = true;
    const channel: Channel = {
      helper: 'mux1',
      busy: () => 0,
      open: () => alive,
      gone,
      close() {
        alive = false;
        resolve(0);
      },
      ask: () => Promise.reject(new Error('not asked here')),
      answers: async () => alive,
      async run() {
        if (!alive) throw new NotSent('closed');
        await moment();
        if (!alive) throw new AppError('channel_lost', 502, 'lost');
        const stdout = Buffer.from(own);
        return { exitCode: 0, stdout, stderr: stdout, timedOut: false, truncated: false };
      },
    };
    channels.push(channel);
    return channel;
  };
  return { waiting, channels, open };
};

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 3; turn += 1) await Promise.resolve();
};

/** @returns how many commands were served; throws where one met somebody else's channel */
const play = async (seed: number): Promise<number> => {
  const roll = dice(seed);
  const { waiting, channels, open } = createWorld(roll);
  const clock = { now: () => 0 };
  const pool = createPool({
    budgets: {
      through: (_target, command, run) => run(command),
      connect: async () => () => {},
      crowded: () => false,
      fail: () => {},
    },
    open,
    admit: async () => {},
    suspended: createSuspended(),
    breaker: createBreaker(defaultLimits, clock, () => 0),
    limits: { ...defaultLimits, channels: 2 + roll(3), openingsPerHost: 1 + roll(2) },
    idleCloseMs: 60_000,
    clock,
    stats: createStats(),
  });
  const versions = [1, 1, 1];
  const commands: Promise<number>[] = [];
  const send = (): void => {
    const member = roll(3);
    const target = targetOf(member, roll(2), versions[member] ?? 1);
    const command = { argv: ['true'], timeoutMs: 1_000 };
    commands.push(
      pool.run(target, command).then(
        ({ stdout }) => {
          const met = Buffer.from(stdout).toString();
          if (met !== identity(target))
            throw new Error(`interleaving ${seed}: ${identity(target)} met ${met}`);
          return 1;
        },
        (error: unknown) => {
          if (!(error instanceof AppError)) throw error;
          return 0;
        },
      ),
    );
  };
  for (let step = 0; step < 8; step += 1) {
    const what = roll(12);
    const member = roll(3);
    if (what < 6) send();
    else if (what < 9) waiting.splice(roll(Math.max(1, waiting.length)), 1)[0]?.();
    else if (what === 9) channels[roll(Math.max(1, channels.length))]?.close('it died');
    else if (what === 10) versions[member] = (versions[member] ?? 1) + 1;
    else pool.closeChannels({ credential: `managed:${member}` });
    await settle();
  }
  let served = 0;
  const all = Promise.all(commands).then((counts) => {
    served = counts.reduce((sum, each) => sum + each, 0);
  });
  let over = false;
  void all.finally(() => {
    over = true;
  });
  for (let turn = 0; !over && turn < 1_000; turn += 1) {
    waiting.splice(roll(Math.max(1, waiting.length)), 1)[0]?.();
    await settle();
  }
  await all;
  await pool.close();
  return served;
};

test(`promise 10: ${interleavings} interleavings of members, clusters, new keys, deaths and closures`, {
  timeout: 120_000,
}, async () => {
  let served = 0;
  for (let seed = 1; seed <= interleavings; seed += 1) served += await play(seed);
  expect(served).toBeGreaterThan(interleavings);
});
