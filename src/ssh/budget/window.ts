/** "At most so many within any minute": the times of those that went, no more of them than are allowed. */

export interface Window {
  /** Milliseconds until this member may go; 0: now. */
  waitMs(member: string, most: number, now: number): number;
  take(member: string, now: number): void;
  /** How many went within the span, of this member or of all. */
  taken(now: number, member?: string): number;
  /** How many more may go now. */
  free(member: string, most: number, now: number): number;
  /** When so many more will be free, from now. */
  freeIn(count: number, member: string, most: number, now: number): number;
}

/** Kept for members that took nothing within the span: whoever has used up the rest does not hold up a newcomer. */
const reserveOf = (most: number): number => Math.floor(most / 10);

export const createWindow = (spanMs: number): Window => {
  /** From `first` on; what is before has left the window, and is thrown away many at a time. */
  let recent: { at: number; member: string }[] = [];
  let first = 0;
  const size = () => recent.length - first;
  /** How many of those are whose: looked at with every command. */
  const counts = new Map<string, number>();

  const count = (member: string, more: number): void => {
    const now = (counts.get(member) ?? 0) + more;
    if (now === 0) counts.delete(member);
    else counts.set(member, now);
  };
  const tidy = (now: number): void => {
    for (let oldest = recent[first]; oldest && oldest.at <= now - spanMs; oldest = recent[first]) {
      count(oldest.member, -1);
      first += 1;
    }
    if (first <= size()) return;
    recent = recent.slice(first);
    first = 0;
  };
  const limitOf = (member: string, most: number): number =>
    counts.has(member) ? most - reserveOf(most) : most;

  const freeIn: Window['freeIn'] = (places, member, most, now) => {
    tidy(now);
    const limit = limitOf(member, most);
    const missing = places - (limit - size());
    if (missing <= 0) return 0;
    // Beyond what is in the window now, whoever follows those that leave it must leave it too.
    const spans = 1 + Math.floor((missing - 1) / Math.max(1, size()));
    const leaves = recent[first + ((missing - 1) % Math.max(1, size()))];
    return (leaves?.at ?? now) + spanMs * spans - now;
  };

  return {
    freeIn,
    waitMs: (member, most, now) => freeIn(1, member, most, now),
    free(member, most, now) {
      tidy(now);
      return Math.max(0, limitOf(member, most) - size());
    },
    take(member, now) {
      recent.push({ at: now, member });
      count(member, 1);
    },
    taken(now, member) {
      tidy(now);
      return member === undefined ? size() : (counts.get(member) ?? 0);
    },
  };
};
