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
  let recent: { at: number; member: string }[] = [];

  const tidy = (now: number): void => {
    const gone = recent.findIndex(({ at }) => at > now - spanMs);
    if (gone !== 0) recent = gone < 0 ? [] : recent.slice(gone);
  };
  const limitOf = (member: string, most: number): number =>
    recent.some((one) => one.member === member) ? most - reserveOf(most) : most;

  const freeIn: Window['freeIn'] = (count, member, most, now) => {
    tidy(now);
    const limit = limitOf(member, most);
    const missing = count - (limit - recent.length);
    if (missing <= 0) return 0;
    // Beyond what is in the window now, whoever follows those that leave it must leave it too.
    const spans = 1 + Math.floor((missing - 1) / Math.max(1, recent.length));
    const leaves = recent[(missing - 1) % Math.max(1, recent.length)];
    return (leaves?.at ?? now) + spanMs * spans - now;
  };

  return {
    freeIn,
    waitMs: (member, most, now) => freeIn(1, member, most, now),
    free(member, most, now) {
      tidy(now);
      return Math.max(0, limitOf(member, most) - recent.length);
    },
    take: (member, now) => void recent.push({ at: now, member }),
    taken(now, member) {
      tidy(now);
      return member === undefined
        ? recent.length
        : recent.reduce((count, one) => count + Number(one.member === member), 0);
    },
  };
};
