/** How often to look. Intervals grow while nothing changes and snap to a common grid, so that a member's runs are asked
 * for in one command although each has its own due time. */

const shortest = 2_000;
const longest = 32_000;

/** Powers of two, so that longer intervals fall on the ticks of the shorter ones. */
const gridInterval = (wanted: number): number => {
  let interval = shortest;
  while (interval * 2 <= wanted && interval < longest) interval *= 2;
  return interval;
};

/**
 * Next time to look at a run, epoch ms.
 * @param changedAt when its state changed last, epoch ms; we look every tenth of the time since, 2 to 32 s
 */
export const nextLook = (now: number, changedAt: number): number => {
  const interval = gridInterval((now - changedAt) / 10);
  return (Math.floor(now / interval) + 1) * interval;
};

/** Of a whole cluster, on average: half of what its budget allows for commands unless an owner says otherwise. */
const readsPerSecond = 10;
/** A task may end after hours of silence, and people see it within 5 s: one second for the way. */
const longestSilent = 4_000;

/** Members who look at the same cluster do not all look at the same moment, but each always at the same. */
const offsetOf = (member: string, interval: number): number => {
  let hash = 0;
  for (const character of member) hash = (hash * 31 + character.charCodeAt(0)) % 32_771;
  return (hash * 1_000) % interval;
};

/**
 * Next time to read a run's files, epoch ms.
 * @param newsAt when they last told something; we look every sixtieth of the time since, 2 to 4 s
 * @param crowd whose turn it is among how many members with live runs on this cluster: from forty on the more, the
 * seldomer, up to 32 s
 */
export const nextRead = (
  now: number,
  newsAt: number,
  crowd: { member: string; members: number } = { member: '', members: 1 },
): number => {
  const share = (crowd.members * 1_000) / readsPerSecond;
  let interval = gridInterval(Math.min((now - newsAt) / 60, longestSilent));
  while (interval < share && interval < longest) interval *= 2;
  // A few may look together; then it is the moment at which the queue is looked at too.
  const offset = share > shortest ? offsetOf(crowd.member, interval) : 0;
  return (Math.floor((now - offset) / interval) + 1) * interval + offset;
};

/** Delay after the n-th failure in a row, in ms: 1, 2, 4 … 60 s, with ±20 % so that runs do not march in step. */
export const retryDelay = (failures: number, random: () => number = Math.random): number =>
  Math.round(Math.min(1_000 * 2 ** Math.max(0, failures - 1), 60_000) * (0.8 + 0.4 * random()));
