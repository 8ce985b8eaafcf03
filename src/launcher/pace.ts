/** How often to look. Intervals grow while nothing changes and snap to a common grid, so that a member's runs are asked
 * for in one command although each has its own due time. */

const shortest = 1_000;
const longest = 32_000;

/** Powers of two, so that longer intervals fall on the ticks of the shorter ones. */
const gridInterval = (wanted: number): number => {
  let interval = shortest;
  while (interval * 2 <= wanted && interval < longest) interval *= 2;
  return interval;
};

/**
 * Next time to look at a run, epoch ms.
 * @param changedAt when its state changed last, epoch ms; we look every tenth of the time since, 1 to 32 s
 */
export const nextLook = (now: number, changedAt: number): number => {
  const interval = gridInterval((now - changedAt) / 10);
  return (Math.floor(now / interval) + 1) * interval;
};

/**
 * Next time to read a run's files, epoch ms.
 * @param newsAt when they last told something; we look every sixtieth of the time since, 2 to 32 s
 */
export const nextRead = (now: number, newsAt: number): number => {
  const interval = gridInterval(Math.max(2 * shortest, (now - newsAt) / 60));
  return (Math.floor(now / interval) + 1) * interval;
};

/** Delay after the n-th failure in a row, in ms: 1, 2, 4 … 60 s, with ±20 % so that runs do not march in step. */
export const retryDelay = (failures: number, random: () => number = Math.random): number =>
  Math.round(Math.min(1_000 * 2 ** Math.max(0, failures - 1), 60_000) * (0.8 + 0.4 * random()));
