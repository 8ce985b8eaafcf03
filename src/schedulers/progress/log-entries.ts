/**
 * Nextflow's log as entries. Bytes stay bytes until an entry is known to matter: positions in the file must be exact,
 * and a name may hold anything, whole lines that look like the log's own included.
 */

export interface LogEntry {
  /** Wall clock of the node that wrote it, as epoch milliseconds would read if that clock showed UTC; see `clock.ts`. */
  wallTime: WallTime;
  logger: string;
  /** Everything after `LEVEL logger - `, further lines included. */
  message: string;
  /** Where it begins and ends in the piece that was read, in bytes. */
  from: number;
  to: number;
}

/** The log has no year, and a month in the language of the member's locale. */
export interface WallTime {
  month: string;
  day: number;
  /** Milliseconds since midnight. */
  ofDay: number;
}

const beginning =
  /^([^\s\d]{1,12})-(\d\d) (\d\d):(\d\d):(\d\d)[.,](\d{3}) \[[^\n]*?\] (?:TRACE|DEBUG|INFO|WARN|ERROR) +(\S+) - /gm;

const utf8 = (latin1: string): string => Buffer.from(latin1, 'latin1').toString('utf8');

/**
 * The entries of a piece of the log that ends with a line's end. What stands before the first beginning belongs to an
 * entry of an earlier piece and is left out.
 * @param matters which loggers are worth decoding
 */
export const logEntries = (piece: Buffer, matters: (logger: string) => boolean): LogEntry[] => {
  const text = piece.toString('latin1');
  const found = [...text.matchAll(beginning)];
  return found.flatMap((match, index) => {
    const [whole, month = '', day, hours, minutes, seconds, ms, logger = ''] = match;
    if (!matters(logger)) return [];
    const to = found[index + 1]?.index ?? text.length;
    const ofDay = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1_000 + Number(ms);
    return [
      {
        wallTime: { month: utf8(month), day: Number(day), ofDay },
        logger,
        message: utf8(text.slice(match.index + whole.length, to)).replace(/\r?\n$/, ''),
        from: match.index,
        to,
      },
    ];
  });
};
