/** From the log's wall clock, which knows neither year nor zone, to epoch milliseconds. */
import type { WallTime } from './log-entries.ts';

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const minute = 60_000;
const quarter = 15 * minute;

export interface NodeClock {
  /** Epoch milliseconds on the cluster when the log was read. */
  now: number;
  /** Minutes east of UTC. */
  zone: number;
}

/**
 * A log is read soon after it is written, so of all years (and, where the month's name is in another language, of all
 * months) the one that lies nearest to the time of reading is meant.
 */
export const epochOf = ({ month, day, ofDay }: WallTime, { now, zone }: NodeClock): number => {
  const here = new Date(now + zone * minute);
  const named = months.indexOf(month);
  const candidates =
    named >= 0
      ? [-1, 0, 1].map((years) => Date.UTC(here.getUTCFullYear() + years, named, day))
      : [-1, 0, 1].map((away) => Date.UTC(here.getUTCFullYear(), here.getUTCMonth() + away, day));
  const distances = candidates.map((at) => Math.abs(at + ofDay - here.getTime()));
  return (candidates[distances.indexOf(Math.min(...distances))] ?? 0) + ofDay - zone * minute;
};

/**
 * The zone of the node that writes, from an entry that also tells an exact time. The login node's may be another.
 * @returns minutes east of UTC
 */
export const zoneOf = (wallTime: WallTime, exactly: number): number =>
  (Math.round((epochOf(wallTime, { now: exactly, zone: 0 }) - exactly) / quarter) * quarter) / minute;

/** `+0530` → 330 */
export const zoneMinutes = (typed: string): number => {
  const [, sign, hours, minutes] = /^([+-])(\d\d)(\d\d)$/.exec(typed) ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours ?? 0) * 60 + Number(minutes ?? 0));
};
