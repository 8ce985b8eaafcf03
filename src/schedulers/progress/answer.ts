/** The answer of `progress.sh` taken apart: lines of ours, and between them bytes told by their length. */
import type { RemoteResult } from '#core/ports/cluster-access.ts';
import { complaint } from '../far-side/far-side.ts';
import { type NodeClock, zoneMinutes } from './clock.ts';

export interface FilePart {
  inode: string;
  /** Of the whole file, in bytes. */
  size: number;
  /** Where `bytes` begin in it. */
  from: number;
  bytes: Buffer;
}

export interface RunPart {
  log?: FilePart;
  trace?: FilePart;
  ended: boolean;
  reporting: { http: boolean; reason: string | null } | null;
}

const line = /latchkey: (\S+)(?: ([^\n]*))?\n/y;
const number = /^\d{1,15}$/;

/** @throws Error when it is cut short or in another shape: a file may have been cut while it was read */
export const takeApart = (result: RemoteResult): { clock: NodeClock; runs: Map<string, RunPart> } => {
  const stdout = Buffer.from(result.stdout);
  const text = stdout.toString('latin1');
  const runs = new Map<string, RunPart>();
  const clock: NodeClock = { now: 0, zone: 0 };
  let current: RunPart | undefined;
  let at = 0;
  const wrong = () => new Error(`Nextflow's files could not be read: ${complaint(result)}`);
  for (;;) {
    line.lastIndex = at;
    const [whole = '', key, value = ''] = line.exec(text) ?? [];
    at += whole.length;
    if (key === 'end') return { clock, runs };
    if (key === 'clock') {
      const [seconds, zone = ''] = value.split(' ');
      Object.assign(clock, { now: Number(seconds) * 1_000, zone: zoneMinutes(zone) });
    } else if (key === 'run') {
      current = { ended: false, reporting: null };
      runs.set(value, current);
    } else if (key === 'ended' && current) current.ended = true;
    else if (key === 'reporting' && current) {
      const [how, ...reason] = value.split(' ');
      current.reporting = { http: how === 'http', reason: reason.join(' ') || null };
    } else if ((key === 'log' || key === 'trace') && current) {
      const [inode = '', ...numbers] = value.split(' ');
      // Whoever owns the files may have written the line: each turn must go on, and within what was sent.
      if (numbers.length !== 3 || !numbers.every((each) => number.test(each))) throw wrong();
      const [size = 0, from = 0, length = 0] = numbers.map(Number);
      if (at + length > stdout.length) throw wrong();
      current[key] = { inode, size, from, bytes: stdout.subarray(at, at + length) };
      at += length;
    } else throw wrong();
  }
};
