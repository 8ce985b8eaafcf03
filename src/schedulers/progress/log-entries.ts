/**
 * Nextflow's log as entries. Bytes stay bytes until an entry is known to matter: positions in the file must be exact,
 * and a name may hold anything, whole lines that look like the log's own included.
 */

export interface LogEntry {
  wallTime: WallTime;
  logger: string;
  /** Positions in the piece, in bytes: of the entry, and of what follows `LEVEL logger - `. */
  from: number;
  messageFrom: number;
  to: number;
}

/** What the clock of the node that writes it shows. The log has no year, and a month in the language of the member's locale. */
export interface WallTime {
  month: string;
  day: number;
  /** Milliseconds since midnight. */
  ofDay: number;
}

const beginning =
  /^([^\s\d]{1,12})-(\d\d) (\d\d):(\d\d):(\d\d)[.,](\d{3}) \[[^\n]{0,200}?\] (?:TRACE|DEBUG|INFO|WARN|ERROR) {1,2}(\S{1,200}) - /gm;

const utf8 = (latin1: string): string => Buffer.from(latin1, 'latin1').toString('utf8');

/** The text between two positions, without its last line's end. */
export const messageOf = (latin1: string, from: number, to: number): string =>
  utf8(latin1.slice(from, to)).replace(/\r?\n$/, '');

/**
 * The entries of a piece of the log. What stands before the first beginning belongs to an entry of an earlier piece and
 * is left out.
 * @param latin1 the piece, a character for each byte
 */
export const logEntries = (latin1: string): LogEntry[] => {
  const found = [...latin1.matchAll(beginning)];
  return found.map((match, index) => {
    const [whole, month = '', day, hours, minutes, seconds, ms, logger = ''] = match;
    const ofDay = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1_000 + Number(ms);
    return {
      wallTime: { month: utf8(month), day: Number(day), ofDay },
      logger,
      from: match.index,
      messageFrom: match.index + whole.length,
      to: found[index + 1]?.index ?? latin1.length,
    };
  });
};
