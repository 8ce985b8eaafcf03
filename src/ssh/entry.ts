/** What is kept of a channel, from the moment that somebody wants it. */
import type { ClusterTarget } from '#core/ports/cluster-access.ts';
import type { Channel } from './channel.ts';

export interface Entry {
  key: string;
  target: ClusterTarget;
  channel: Promise<Channel>;
  opened?: Channel;
  abort: AbortController;
  users: number;
  lastUsed: number;
  since: number;
  idle?: NodeJS.Timeout;
  /** Closed because somebody wanted it closed: its commands are not given to another channel. */
  purged: boolean;
}

const first = (entries: Iterable<Entry>, by: (entry: Entry) => number): Entry | undefined =>
  [...entries].sort((a, b) => by(a) - by(b))[0];

/** Nobody has used it for longest: the first to give way. */
export const longestUnused = (entries: Iterable<Entry>): Entry | undefined =>
  first(
    [...entries].filter((entry) => entry.users === 0),
    (entry) => entry.lastUsed,
  );

export const longestOpen = (entries: Iterable<Entry>): Entry | undefined =>
  first(entries, (entry) => entry.since);
