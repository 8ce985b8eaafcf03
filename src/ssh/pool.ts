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
import { type Breaker, credentialsOf } from './breaker.ts';
import { type Channel, NotSent } from './channel.ts';
import { channelKey } from './channel-key.ts';
import { clusterError, hostLabel, unconfirmed } from './explain.ts';
import type { SshLimits } from './limits.ts';
import { isReader, notForReaders } from './reader.ts';
import { createSlots, type Slots } from './slots.ts';
import type { SshStats } from './stats.ts';
import { waitFor } from './wait-for.ts';

/** Facts for logs and metrics; never holds words of commands. */
export interface SshEvent {
  type: 'opened' | 'closed' | 'replaced' | 'failed' | 'plain-login';
  clusterKey: string;
  credentialKey: string;
  /** Error code of `failed`, reason of `closed`, helper of `opened`. */
  what?: string;
}

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
  limits: SshLimits;
  idleCloseMs: number;
  clock: Clock;
  stats: SshStats;
  onEvent?: (event: SshEvent) => void;
}

interface Entry {
  key: string;
  target: ClusterTarget;
  channel: Promise<Channel>;
  opened?: Channel;
  abort: AbortController;
  users: number;
  lastUsed: number;
  idle?: NodeJS.Timeout;
  /** Closed because somebody wanted it closed: its commands are not given to another channel. */
  purged: boolean;
}

/** What is done on a channel once it is open. */
type Send = (channel: Channel) => Promise<RemoteResult>;

export interface Pool {
  run(target: ClusterTarget, command: RemoteCommand): Promise<RemoteResult>;
  askReader: ClusterAccess['askReader'];
  closeChannels(match: ChannelMatch): number;
  suspend(clusters: ReadonlyMap<string, string>): void;
  /** @throws AppError `cluster_suspended` */
  checkRunning(clusterKeys: readonly (string | undefined)[]): void;
  close(): Promise<void>;
}

export const createPool = (options: PoolOptions): Pool => {
  const { open, breaker, limits, idleCloseMs, clock, stats } = options;
  const entries = new Map<string, Entry>();
  const ending = new Set<Promise<unknown>>();
  const hostSlots = new Map<string, Slots>();
  let suspended: ReadonlyMap<string, string> = new Map();
  let closing = false;

  const emit = (type: SshEvent['type'], { clusterKey, credentialKey }: ClusterTarget, what?: string): void =>
    options.onEvent?.({ type, clusterKey, credentialKey, ...(what === undefined ? {} : { what }) });

  const checkRunning: Pool['checkRunning'] = (clusterKeys) => {
    for (const key of clusterKeys) {
      const sentence = key === undefined ? undefined : suspended.get(key);
      if (sentence !== undefined) throw new AppError('cluster_suspended', 409, sentence);
    }
  };

  const end = (entry: Entry, why: string): void => {
    if (entries.get(entry.key) === entry) entries.delete(entry.key);
    clearTimeout(entry.idle);
    entry.abort.abort(new NotSent(why));
    entry.opened?.close(why);
  };

  const openEntry = async (entry: Entry): Promise<Channel> => {
    const { target } = entry;
    const dialled = target.through?.[0] ?? target;
    const host = `${dialled.hostName}:${dialled.port}`;
    const slots = hostSlots.get(host) ?? createSlots(limits.openingsPerHost);
    hostSlots.set(host, slots);
    const release = await slots.take(entry.abort.signal);
    try {
      breaker.check(target);
      const channel = await open(target, entry.abort.signal, release, () => emit('plain-login', target));
      breaker.succeeded(target);
      stats.opened += 1;
      stats.open += 1;
      entry.opened = channel;
      emit('opened', target, channel.helper);
      const gone = channel.gone.then(() => {
        stats.open -= 1;
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

  /** Makes room: the longest unused channel gives way to a new one. */
  const makeRoom = (target: ClusterTarget): void => {
    if (entries.size < limits.channels) return;
    let oldest: Entry | undefined;
    for (const entry of entries.values()) {
      if (entry.users === 0 && (!oldest || entry.lastUsed < oldest.lastUsed)) oldest = entry;
    }
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
    if (entry.users > 0 || entries.get(entry.key) !== entry) return;
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
        checkRunning(clustersOf(entry.target));
        throw clusterError(
          'session_ended',
          502,
          entry.target,
          `The channel to ${hostLabel(entry.target)} was closed because its key or cluster changed; nothing was run.`,
        );
      }
      throw error;
    } finally {
      leave(entry);
    }
  };

  const serve = async (target: ClusterTarget, send: Send, signal?: AbortSignal): Promise<RemoteResult> => {
    if (closing) throw new AppError('unavailable', 503, 'The server is shutting down; nothing was run.');
    for (const host of [...(target.through ?? []), target])
      if (host.pins.length === 0) throw unconfirmed(host);
    checkRunning(clustersOf(target));
    stats.commands += 1;
    try {
      return await runOn(entryFor(target), send, signal);
    } catch (error) {
      if (!(error instanceof NotSent)) throw error;
    }
    stats.replaced += 1;
    emit('replaced', target);
    checkRunning(clustersOf(target));
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
      return serve(target, (channel) => channel.run(command), command.signal);
    },
    async askReader(target, question, how) {
      if (!isReader(target)) throw notForReaders();
      return serve(target, (channel) => channel.ask(question, how), how.signal);
    },
    closeChannels({ clusterKey, credential }) {
      let count = 0;
      for (const entry of [...entries.values()]) {
        if (clusterKey !== undefined && entry.target.clusterKey !== clusterKey) continue;
        if (credential !== undefined && !credentialsOf(entry.target).includes(credential)) continue;
        entry.purged = true;
        end(entry, 'closed on purpose: its key or cluster changed');
        count += 1;
      }
      breaker.forgive({
        ...(clusterKey === undefined ? {} : { clusterKey }),
        ...(credential === undefined ? {} : { credential }),
      });
      return count;
    },
    suspend(clusters) {
      suspended = new Map(clusters);
      for (const entry of [...entries.values()]) {
        if (!clustersOf(entry.target).some((key) => key !== undefined && suspended.has(key))) continue;
        entry.purged = true;
        end(entry, 'its cluster is suspended');
      }
    },
    checkRunning,
    async close() {
      closing = true;
      // Whoever asked for the channel has the error; here it only matters that the opening is over.
      const opening = [...entries.values()].map((entry) => entry.channel.catch(() => undefined));
      for (const entry of [...entries.values()]) {
        entry.purged = true;
        end(entry, 'the server is shutting down');
      }
      await Promise.all(opening);
      await Promise.all(ending);
    },
  };
};

/** The cluster itself, and those whose keys open the way to it. */
const clustersOf = (target: ClusterTarget): (string | undefined)[] => [
  target.clusterKey,
  ...(target.through ?? []).map((host) => host.keysOf),
];
