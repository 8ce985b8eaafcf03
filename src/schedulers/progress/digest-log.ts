/** One piece of Nextflow's log as reports of tasks. */
import type { HashReport, RunNews } from '#core/ports/progress.ts';
import { hashOf, processOf, type TaskReport } from '#core/tasks.ts';
import { epochOf, type NodeClock, zoneOf } from './clock.ts';
import { logEntries, messageOf, type WallTime } from './log-entries.ts';
import { type LogEvent, logEvent, matters, type TaskEvent } from './log-events.ts';

/** An entry that goes on for longer than this is not one of ours, whatever its beginning says. */
const longestEntry = 65_536;
/** Nor is one whose name holds more of what looks like entries. */
const mostWithin = 16;

export interface LogDigest {
  reports: TaskReport[];
  byHash: HashReport[];
  processes: string[];
  peaks: RunNews['peaks'];
  /** Bytes used. */
  used: number;
  zone: number | undefined;
}

const ofTask = (event: TaskEvent, at: number): TaskReport => ({
  taskId: event.taskId,
  status: event.status,
  hash: hashOf(event.workdir),
  workdir: event.workdir,
  name: event.name,
  process: processOf({ process: null, name: event.name }),
  nativeId: event.nativeId,
  // Schedulers say their name when they submit; what has no job is Nextflow's own.
  executor: event.onGrid ? null : 'local',
  exit: event.exit,
  ...(event.status === 'RUNNING' ? { start: event.started ?? at } : {}),
  ...(event.status === 'COMPLETED' || event.status === 'FAILED' ? { complete: at } : {}),
});

const ofHash = (event: Extract<LogEvent, { kind: 'submitted' | 'fault' }>, at: number): HashReport =>
  event.kind === 'submitted'
    ? {
        hash: event.hash,
        status: 'SUBMITTED',
        submit: at,
        nativeId: event.nativeId ?? null,
        executor: event.executor ?? null,
      }
    : { hash: event.hash, status: 'FAILED', complete: at, errorMessage: event.message };

interface Told {
  wallTime: WallTime;
  event: LogEvent;
}

/**
 * The events of a piece. What looks like the next entry may be part of a name: an entry that has no end yet takes in
 * those that follow until it has one.
 */
const eventsOf = (latin1: string): { told: Told[]; used: number } => {
  const entries = logEntries(latin1);
  const told: Told[] = [];
  for (let index = 0; index < entries.length; index += 1) {
    const entry = entries[index];
    if (!entry || !matters(entry.logger)) continue;
    for (let last = index; last < Math.min(index + mostWithin, entries.length); last += 1) {
      const to = entries[last]?.to ?? latin1.length;
      if (to - entry.from > longestEntry) break;
      const event = logEvent(entry.logger, messageOf(latin1, entry.messageFrom, to));
      if (event === 'unfinished') {
        if (to === latin1.length) return { told, used: entry.from };
        continue;
      }
      if (event) {
        told.push({ wallTime: entry.wallTime, event });
        index = last;
      }
      break;
    }
  }
  return { told, used: latin1.length };
};

/** The zone is told once and for all by the first entry that has both a wall clock and an exact time. */
const zoneFrom = (told: readonly Told[]): number | undefined => {
  for (const { wallTime, event } of told)
    if (event.kind === 'task' && event.status === 'RUNNING' && event.started !== null)
      return zoneOf(wallTime, event.started);
  return undefined;
};

/** @param piece whole lines */
export const digestLog = (piece: Buffer, clock: NodeClock, knownZone: number | undefined): LogDigest => {
  const { told, used } = eventsOf(piece.toString('latin1'));
  const zone = knownZone ?? zoneFrom(told);
  const digest: LogDigest = { reports: [], byHash: [], processes: [], peaks: null, used, zone };
  const numbers = new Map(
    told.flatMap(({ event }) => {
      const hash = event.kind === 'task' ? hashOf(event.workdir) : null;
      return event.kind === 'task' && hash !== null ? [[hash, event.taskId] as const] : [];
    }),
  );
  for (const { wallTime, event } of told) {
    const at = epochOf(wallTime, { ...clock, zone: zone ?? clock.zone });
    if (event.kind === 'process') digest.processes.push(event.name);
    else if (event.kind === 'peaks')
      digest.peaks = { at, tasks: event.tasks, cpus: event.cpus, memory: event.memory };
    else if (event.kind === 'task') {
      digest.reports.push(ofTask(event, at));
    } else {
      const { hash, ...report } = ofHash(event, at);
      const taskId = numbers.get(hash);
      if (taskId === undefined) digest.byHash.push({ hash, ...report });
      else digest.reports.push({ taskId, ...report });
    }
  }
  return digest;
};
