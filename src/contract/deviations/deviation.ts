/** A place where we differ from the public contract on purpose. */

export interface Deviation {
  part: 'request' | 'response' | 'query';
  /** Absent: all operations. */
  operations?: readonly string[];
  /** Names or dotted paths, wherever they occur, with everything below them. */
  fields: readonly string[];
  why: string;
  /** Page and section that ask for it, or allow it. */
  page: string;
}
