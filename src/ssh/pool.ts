/** The channels that are open: one per member, cluster and version of the key; opened once, closed when idle. */
import type { Clock } from '#core/clock.ts';
import { AppError, isAppError } from '#core/errors.ts';
import type {
  ChannelMatch,
  ClusterAccess,
  ClusterTarget,
  RemoteCommand,
  RemoteResult,
} from '#core/ports/cluster-access.ts';
import type { Breaker } from './breaker.ts';
import type { Budgets } from './budget/budgets.ts';
import { type Channel, NotSent } from './channel.ts';
import { channelKey, credentialsOf } from './channel-key.ts';
import { type Entry, longestOpen, longestUnused } from './entry.ts';
import { closedOnPurpose, clusterError, hostLabel, unconfirmed } from './explain.ts';
import type { SshLimits } from './limits.ts';
import { isReader, notForReaders } from './reader.ts';
import type { RefusedKeys } from './refused-keys.ts';
import { createSlots, type Slots } from './slots.ts';
import type { SshEvent, SshStats } from './stats.ts';
import type { Suspended } from './suspended.ts';
import { waitFor } from './wait-for.ts';

/** Opens a channel to a target. `signed` is to be called once the key has been proven to the host. */
export type OpenChannel = (
  target: ClusterTarget,
  signal: AbortSignal,
  signed: () => void,
  plainLogin: () => void,
) => Promise<Channel>;

export interface PoolOptions {
  open: OpenChannel;
  breaker: Breaker;
  admit: RefusedKeys['admit'];
  suspended: Suspended;
  budgets: Pick<Budgets, 'through' | 'connect' | 'crowded' | 'fail'>;
  limits: SshLimits;
  idleCloseMs: number;
  clock: Clock;
  stats: SshStats;
  onEvent?: (event: SshEvent) => void;
}

/** What is done on a channel once it is open. */
type Send = (channel: Channel) => Promise<RemoteResult>;

export interface Pool {
  run(target: ClusterTarget, command: RemoteCommand): Promise<RemoteResult>;
  askReader: ClusterAccess['askReader'];
  closeChannels(match: ChannelMatch): number;
  suspend(clusters: ReadonlyMap<string, string>): void;
  /** One connection of a cluster makes room for another that is no channel. */
  giveWay(clusterKey: string): void;
  close(): Promise<void>;
}

export const createPool = (options: PoolOptions): Pool => {
  const { open, breaker, budgets, limits, idleCloseMs, clock, stats, suspended } = options;
  const entries = new Map<string, Entry>();
  /** Give way to others once what runs on them has ended; nothing new is begun there. */
  const leaving = new Set<Entry>();
  const ending = new Set<Promise<unknown>>();
  const hostSlots = new Map<string, Slots>();
  let closing = false;

  const all = (): Entry[] => [...entries.values(), ...leaving];

  const emit = (type: SshEvent['type'], { clusterKey, credentialKey }: ClusterTarget, what?: string): void =>
    options.onEvent?.({ type, clusterKey, credentialKey, ...(what === undefined ? {} : { what }) });

  const end = (entry: Entry, why: string): void => {
    if (entries.get(entry.key) === entry) entries.delete(entry.key);
    leaving.delete(entry);
    clearTimeout(entry.idle);
    entry.abort.abort(new NotSent(why));
    entry.opened?.close(why);
  };

  const openEntry = async (entry: Entry): Promise<Channel> => {
    const { target } = entry;
    const dialled = target.through?.[0] ?? target;
    const host = `${dialled.hostName}:${dialled.port}`;
    await options.admit(target);
    entry.abort.signal.throwIfAborted();
    const giveBack = await budgets.connect(
      target,
      () => giveWay(target.clusterKey, entry),
      entry.abort.signal,
    );
    const slots = hostSlots.get(host) ?? createSlots(limits.openingsPerHost);
    hostSlots.set(host, slots);
    let release = (): void => {};
    try {
      release = await slots.take(entry.abort.signal);
      breaker.check(target);
      const channel = await open(target, entry.abort.signal, release, () => emit('plain-login', target));
      breaker.succeeded(target);
      stats.opened += 1;
      stats.open += 1;
      entry.opened = channel;
      emit('opened', target, channel.helper);
      const gone = channel.gone.then(() => {
        stats.open -= 1;
        giveBack();
        ending.delete(gone);
        end(entry, 'the connection ended');
        emit('closed', target);
      });
      ending.add(gone);
      if (entry.abort.signal.aborted) {
        channel.close('closed while it was being opened');
        throw new NotSent('closed while it was being opened');
      }
      return channel;
    } catch (error) {
      if (!entry.opened) giveBack();
      if (!(error instanceof NotSent)) {
        breaker.failed(target, error);
        const code = isAppError(error) ? error.code : 'internal';
        stats.failures[code] = (stats.failures[code] ?? 0) + 1;
        emit('failed', target, code);
      }
      throw error;
    } finally {
      release();
      if (slots.idle()) hostSlots.delete(host);
    }
  };

  /** All connections that the cluster allows are open, and one more is wanted: one of them makes room, an unused one best. */
  const giveWay = (clusterKey: string, wanted?: Entry): void => {
    const others = [...entries.values()].filter(
      (entry) => entry.opened && entry !== wanted && entry.target.clusterKey === clusterKey,
    );
    const unused = longestUnused(others);
    if (unused) return end(unused, 'room for another');
    const oldest = longestOpen(others);
    // What runs on it may finish; whoever comes now waits for a new connection in turn.
    if (!oldest) return;
    entries.delete(oldest.key);
    leaving.add(oldest);
  };

  /** Makes room: the longest unused channel gives way to a new one. */
  const makeRoom = (target: ClusterTarget): void => {
    if (entries.size < limits.channels) return;
    const oldest = longestUnused(entries.values());
    if (oldest) return end(oldest, 'room for another');
    throw clusterError(
      'unavailable',
      503,
      target,
      `All ${limits.channels} cluster channels of this server are in use.`,
    );
  };

  const entryFor = (target: ClusterTarget): Entry => {
    const key = channelKey(target);
    const found = entries.get(key);
    if (found) return found;
    breaker.check(target);
    for (const other of entries.values()) {
      const replaced =
        other.target.clusterKey === target.clusterKey && other.target.credentialKey === target.credentialKey;
      if (replaced) {
        other.purged = true;
        end(other, 'its target has changed');
      }
    }
    makeRoom(target);
    const entry: Entry = {
      key,
      target,
      channel: Promise.resolve() as never,
      abort: new AbortController(),
      users: 0,
      lastUsed: clock.now(),
      since: clock.now(),
      purged: false,
    };
    entries.set(key, entry);
    entry.channel = openEntry(entry);
    entry.channel.catch(() => end(entry, 'it could not be opened'));
    return entry;
  };

  const leave = (entry: Entry): void => {
    entry.users -= 1;
    entry.lastUsed = clock.now();
    if (entry.users > 0) return;
    if (leaving.has(entry) || budgets.crowded(entry.target)) return end(entry, 'room for another');
    if (entries.get(entry.key) !== entry) return;
    entry.idle = setTimeout(() => end(entry, 'unused'), idleCloseMs);
    entry.idle.unref();
  };

  /** Runs on this entry's channel. @throws NotSent when another channel may be tried */
  const runOn = async (entry: Entry, send: Send, signal?: AbortSignal): Promise<RemoteResult> => {
    const quiet = entry.opened && entry.users === 0 && clock.now() - entry.lastUsed > limits.quietMs;
    entry.users += 1;
    clearTimeout(entry.idle);
    try {
      const channel = await waitFor(entry.channel, signal);
      if (quiet && !(await channel.answers(limits.pingMs))) throw new NotSent('it did not answer');
      return await send(channel);
    } catch (error) {
      if (error instanceof NotSent) {
        end(entry, error.message);
        if (!entry.purged) throw error;
        suspended.check(entry.target);
        throw closedOnPurpose(entry.target);
      }
      throw error;
    } finally {
      leave(entry);
    }
  };

  const check = (target: ClusterTarget): void => {
    if (closing) throw new AppError('unavailable', 503, 'The server is shutting down; nothing was run.');
    for (const host of [...(target.through ?? []), target])
      if (host.pins.length === 0) throw unconfirmed(host);
    suspended.check(target);
    stats.commands += 1;
  };

  /** What its budget lets go. */
  const serve = async (target: ClusterTarget, send: Send, signal?: AbortSignal): Promise<RemoteResult> => {
    suspended.check(target);
    try {
      return await runOn(entryFor(target), send, signal);
    } catch (error) {
      if (!(error instanceof NotSent)) throw error;
    }
    stats.replaced += 1;
    emit('replaced', target);
    suspended.check(target);
    try {
      return await runOn(entryFor(target), send, signal);
    } catch (error) {
      if (!(error instanceof NotSent)) throw error;
      throw clusterError(
        'host_unreachable',
        502,
        target,
        `${hostLabel(target)} closes its connections as soon as they are used (${error.message}); nothing was run.`,
      );
    }
  };

  return {
    async run(target, command) {
      if (isReader(target)) throw notForReaders();
      check(target);
      return budgets.through(target, command, (paced) =>
        serve(target, (channel) => channel.run(paced), command.signal),
      );
    },
    async askReader(target, question, how) {
      if (!isReader(target)) throw notForReaders();
      check(target);
      return budgets.through(target, { ...how, argv: [], kind: 'status' }, () =>
        serve(target, (channel) => channel.ask(question, how), how.signal),
      );
    },
    closeChannels({ clusterKey, credential }) {
      let count = 0;
      for (const entry of all()) {
        if (clusterKey !== undefined && entry.target.clusterKey !== clusterKey) continue;
        if (credential !== undefined && !credentialsOf(entry.target).includes(credential)) continue;
        entry.purged = true;
        end(entry, 'closed on purpose: its key or cluster changed');
        count += 1;
      }
      return count;
    },
    suspend(clusters) {
      for (const [key, error] of suspended.set(clusters)) budgets.fail(key, error);
      for (const entry of all()) {
        if (!suspended.names(entry.target)) continue;
        entry.purged = true;
        end(entry, 'its cluster is suspended');
      }
    },
    giveWay,
    async close() {
      closing = true;
      // Whoever asked for the channel has the error; here it only matters that the opening is over.
      const opening = all().map((entry) => entry.channel.catch(() => undefined));
      for (const entry of all()) {
        entry.purged = true;
        end(entry, 'the server is shutting down');
      }
      await Promise.all(opening);
      await Promise.all(ending);
    },
  };
};
