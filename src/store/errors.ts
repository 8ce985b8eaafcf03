/** Turns what the two databases throw into the house's own errors. */
import { AppError } from '#core/errors.ts';

interface DatabaseError extends Error {
  /** PostgreSQL: SQLSTATE, or the socket's error; SQLite: always `ERR_SQLITE_ERROR`. */
  code?: string;
  /** PostgreSQL: name of the violated index. */
  constraint?: string;
  /** SQLite: extended result code. */
  errcode?: number;
}

const sqliteUnique = new Set([1555, 2067]);
const sqliteCode = (error: Error): number => ((error as DatabaseError).errcode ?? 0) & 0xff;

export const isSqliteBusy = (error: unknown): boolean => error instanceof Error && sqliteCode(error) === 5;

/** PostgreSQL: the transaction lost against another one and may simply be run again. */
export const isSerializationFailure = (error: unknown): boolean =>
  error instanceof Error && ['40001', '40P01'].includes((error as DatabaseError).code ?? '');

/**
 * PostgreSQL: a unique index was violated: by a row that was there all along, or by one of a transaction that began
 * earlier, ended meanwhile and cannot be seen by this one. A second look, which sees it, tells which.
 */
export const isViolation = (error: unknown): boolean =>
  error instanceof AppError && (error.cause as DatabaseError | undefined)?.code === '23505';

/**
 * Name of the unique index that a statement violated. SQLite names columns (`users.user_name`) and only for indexes
 * over expressions the index itself, so every unique index is called `<table>_<column>_<column>`.
 */
const violatedIndex = (error: unknown): string | undefined => {
  if (!(error instanceof Error)) return undefined;
  const { code, constraint, errcode } = error as DatabaseError;
  if (code === '23505') return constraint;
  if (errcode === undefined || !sqliteUnique.has(errcode)) return undefined;
  const columns = error.message.replace(/^.*failed: /, '').split(', ');
  return [columns[0]?.split('.')[0], ...columns.map((column) => column.split('.')[1])].join('_');
};

/**
 * Runs a statement; where it violates a unique index, `sentences` (by index name) say what is taken.
 * @throws AppError `conflict` (409)
 */
export const unique = async <Result>(
  sentences: Record<string, string>,
  statement: () => Promise<Result>,
): Promise<Result> => {
  try {
    return await statement();
  } catch (error) {
    const index = violatedIndex(error);
    if (index === undefined) throw error;
    throw new AppError('conflict', 409, sentences[index] ?? 'This exists already', { cause: error });
  }
};

export const taken = (field: string, value: string | undefined): string =>
  `${field}: "${value}" is already taken`;

const unavailable = (message: string, cause: unknown): AppError =>
  new AppError('unavailable', 503, message, { cause });

/** What escapes from the store: AppErrors as they are, outages as 503, all else unchanged (it is a bug of ours). */
export const translated = (error: unknown): unknown => {
  if (error instanceof AppError || !(error instanceof Error)) return error;
  const { code = '' } = error as DatabaseError;
  if (code === 'ERR_SQLITE_ERROR') {
    const primary = sqliteCode(error);
    if (primary === 5) return unavailable('The database is locked by another process: try again', error);
    if (primary === 8)
      return unavailable('The database file cannot be written: check its owner and mode', error);
    if (primary === 10)
      return unavailable('The database file cannot be read or written: check its disk', error);
    if (primary === 13)
      return unavailable('The disk of the database is full: make space, then try again', error);
    return error;
  }
  if (isSerializationFailure(error))
    return unavailable('Others keep changing the same records: try again', error);
  if (code === '53100') return unavailable('The disk of the database server is full', error);
  const away =
    /^(08|57P0|53300|55P03|57014)/.test(code) ||
    /^E(CONN|PIPE|NOTFOUND|AI_AGAIN|TIMEDOUT|HOSTUNREACH)/.test(code) ||
    /connection terminated|connection error|timeout exceeded when trying to connect/i.test(error.message);
  return away ? unavailable(`The database server does not answer: ${error.message}`, error) : error;
};

export const reasonOf = (error: unknown): string =>
  error instanceof Error ? error.message : 'unknown reason';
