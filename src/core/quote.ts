/** The one quoting function. Everything that must become part of a POSIX shell text goes through it (promise 19). */

/** One word for a POSIX shell. @throws RangeError for NUL, which no shell can carry */
export const shellQuote = (word: string): string => {
  if (word.includes('\0')) throw new RangeError('a shell word cannot hold a NUL');
  return `'${word.replaceAll("'", `'\\''`)}'`;
};
