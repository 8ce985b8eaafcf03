/**
 * Something that holds until the next commit. Whoever fills it with what was read holds on to what `current` gave before
 * the read: what a commit overtakes lands in one that nobody is given any more.
 */

/** @param version another number after each commit, whichever process it is of */
export const untilCommit = <Value>(version: () => number, make: () => Value): (() => Value) => {
  let current = make();
  let madeAt = Number.NaN;
  return () => {
    const now = version();
    if (now !== madeAt) [current, madeAt] = [make(), now];
    return current;
  };
};
