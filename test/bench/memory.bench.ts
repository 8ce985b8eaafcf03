/**
 * P9: memory of an idle server, and of ours for each open channel. Many clusters stand for one sshd, so that one Linux
 * user is enough: a channel belongs to a cluster and a credential. `npm run bench -- memory --channels 500`.
 */
import { readFile } from 'node:fs/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { startServer } from '../support/server.ts';
import { openSshTestbed } from '../support/ssh-testbed.ts';
import { writeResults } from './harness.ts';

const settleMs = 12_000;
const atOnce = 4;

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, settleMs));

/** Resident kB of a process. */
const residentOf = async (pid: number): Promise<number> =>
  Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]);

/** Without flags on the command line: `npm run bench` starts everything the same way. */
const collectGarbage = (): void => {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
};

/** kB that live in this process after a collection, and its resident kB. */
const ourMemory = (): { live: number; resident: number } => {
  collectGarbage();
  const { heapUsed, external, arrayBuffers, rss } = process.memoryUsage();
  return { live: (heapUsed + external + arrayBuffers) / 1024, resident: rss / 1024 };
};

/** At its second start: the first one compiles. */
const idleServer = async (): Promise<number> => {
  const once = await startServer();
  await once.remove();
  const server = await startServer({ environment: { LATCHKEY_LOG_LEVEL: 'error' } });
  try {
    await settled();
    return await residentOf(server.pid());
  } finally {
    await server.remove();
  }
};

export const run = async (words: readonly string[]): Promise<void> => {
  const named = words.indexOf('--channels');
  const channels = named < 0 ? 100 : Number(words[named + 1]);
  const idle = await idleServer();
  const bed = await openSshTestbed();
  try {
    const access = bed.access();
    const { target } = await bed.enrol();
    const open = (at: number) =>
      access.run({ ...target, clusterKey: `identity:${at}` }, { argv: ['true'], timeoutMs: 60_000 });
    // What the first one brings along is no cost of the next.
    await open(0);
    const before = ourMemory();
    for (let first = 1; first <= channels; first += atOnce)
      await Promise.all(
        Array.from({ length: Math.min(atOnce, channels + 1 - first) }, (_, offset) => open(first + offset)),
      );
    const after = ourMemory();
    const { open: opened } = access.stats();
    const results = {
      idleServerKB: idle,
      channels: opened - 1,
      livePerChannelKB: (after.live - before.live) / channels,
      residentPerChannelKB: (after.resident - before.resident) / channels,
    };
    console.log('\nP9  memory');
    for (const [name, value] of Object.entries(results)) console.log(`${name.padEnd(24)}${value.toFixed(1)}`);
    await writeResults('memory', results);
  } finally {
    await bed.close();
  }
};
