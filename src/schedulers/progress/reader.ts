/** Reads Nextflow's log and trace file of a member's live runs, a piece of each at a time. */
import {
  type FileMark,
  nothingRead,
  type ProgressReader,
  type ReadingMark,
  type RunNews,
} from '#core/ports/progress.ts';
import { farSide } from '../far-side/far-side.ts';
import { type FilePart, type RunPart, takeApart } from './answer.ts';
import type { NodeClock } from './clock.ts';
import { digestLog } from './digest-log.ts';
import { digestTrace } from './digest-trace.ts';
import { factsWithin, logFacts, tellingLines } from './log-facts.ts';

const script = ['far-side/answer', 'progress/progress'].map(farSide).join('');

/** Of all files of all runs of one command; less than that for each, so that no run keeps the others waiting. */
const bytesAtOnce = 2 * 1024 * 1024;
const fewest = 16_384;
const most = 524_288;
const atOnce = 64;

const limitFor = (runs: number): number =>
  Math.max(fewest, Math.min(most, Math.floor(bytesAtOnce / (2 * runs))));

interface Piece {
  /** Whole lines. */
  lines: Buffer;
  /** Where they begin in the file. */
  from: number;
  /** The mark, when so many bytes of the lines are used. */
  markAfter(used: number): FileMark;
  /** There are bytes beyond these lines. */
  more: boolean;
}

/** Nothing of this piece is known to belong together with what was read before: from the beginning, then. */
const again = ({ inode }: FilePart): Piece => ({
  lines: Buffer.alloc(0),
  from: 0,
  markAfter: () => ({ inode, offset: 0 }),
  more: true,
});

const pieceOf = (part: FilePart, mark: FileMark, limit: number): Piece => {
  const goesOn = part.inode === mark.inode && part.from === mark.offset - 1 && part.bytes.length > 0;
  // Another file has taken the place, and the inode, of the one that was read.
  if (goesOn && part.bytes[0] !== 10 && !mark.midLine) return again(part);
  const from = goesOn ? part.from + 1 : part.from;
  const bytes = goesOn ? part.bytes.subarray(1) : part.bytes;
  const whole = bytes.lastIndexOf(10) + 1;
  const full = part.bytes.length >= limit;
  return {
    lines: bytes.subarray(0, whole),
    from,
    markAfter: (used) => {
      // A piece without a line's end, or with one entry that fills it, is nothing of ours: passed over.
      const passed = full && used === 0 ? bytes.length : used;
      const last = passed > 0 ? bytes[passed - 1] : goesOn ? part.bytes[0] : 10;
      return { inode: part.inode, offset: from + passed, ...(last === 10 ? {} : { midLine: true }) };
    },
    more: from + bytes.length < part.size,
  };
};

/** Nothing new in a file that has not changed; the mark stays unless the file began anew. */
const unchanged = (part: FilePart | undefined, mark: FileMark): boolean =>
  part === undefined || (part.bytes.length === 0 && part.inode === mark.inode && part.size >= mark.offset);

const newsOf = (part: RunPart, mark: ReadingMark, clock: NodeClock, limit: number): RunNews => {
  const news: RunNews = {
    mark: { ...mark },
    log: [],
    logByHash: [],
    trace: [],
    processes: [],
    peaks: null,
    facts: {},
    more: false,
    ended: part.ended,
    reporting: part.reporting,
  };
  if (part.log && !unchanged(part.log, mark.log)) {
    const piece = pieceOf(part.log, mark.log, limit);
    const digest = digestLog(piece.lines, clock, mark.zone);
    news.log = digest.reports;
    news.logByHash = digest.byHash;
    news.processes = digest.processes;
    news.peaks = digest.peaks;
    news.mark.log = piece.markAfter(digest.used);
    if (digest.zone !== undefined) news.mark.zone = digest.zone;
    if (piece.from < factsWithin) news.facts = logFacts(tellingLines(piece.lines));
    news.more = piece.more;
  }
  if (part.trace && !unchanged(part.trace, mark.trace)) {
    const piece = pieceOf(part.trace, mark.trace, limit);
    const digest = digestTrace(piece.lines, piece.from, mark.traceForm);
    news.trace = digest.reports;
    news.mark.trace = piece.markAfter(digest.used);
    delete news.mark.traceForm;
    if (digest.form !== undefined) news.mark.traceForm = digest.form;
    news.more ||= piece.more;
  }
  return news;
};

export const progressReader: ProgressReader = {
  atOnce,

  read: (runs) => {
    const limit = limitFor(runs.length);
    const words = runs.flatMap(({ runId, headDir, mark: { log, trace } }) => [
      runId,
      headDir,
      log.inode,
      String(log.offset),
      trace.inode,
      String(trace.offset),
    ]);
    return {
      argv: ['sh', '-c', script, 'latchkey', String(limit), ...words],
      timeoutMs: 60_000,
      maxOutputBytes: 2 * limit * runs.length + 65_536,
    };
  },

  parse: (result, runs) => {
    const { clock, runs: parts } = takeApart(result);
    return new Map(
      runs.flatMap(({ runId, mark }) => {
        const part = parts.get(runId);
        return part ? [[runId, newsOf(part, mark ?? nothingRead, clock, limitFor(runs.length))]] : [];
      }),
    );
  },
};
