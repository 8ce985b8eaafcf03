/**
 * Kysely on Node's own SQLite. Two connections: one writes, one reads. A transaction may wait for a key to be opened
 * (200 ms of bcrypt); with one connection every page would wait with it, and a read in between would see what may yet
 * be undone. WAL lets the second connection read the last committed state meanwhile.
 */
import { chmodSync, closeSync, fdatasync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import { AppError } from '#core/errors.ts';
import { isSqliteBusy, reasonOf } from '../errors.ts';
import { createSharedSync, type SharedSync } from './shared-sync.ts';
import {
  createTableChanges,
  type Observe,
  type Prepared,
  type TableChanges,
  watched,
} from './table-changes.ts';
import { createWriteLock } from './write-lock.ts';

/** How long a change waits for another process (the CLI beside the server) or for a transaction of this one. */
const otherProcessLimitMs = 5_000;
const transactionLimitMs = 30_000;
const sweepDelayMs = 1_000;
const cachedStatements = 500;

type Execute = (query: CompiledQuery) => QueryResult<never>;

/** Runs queries on one connection; statements are prepared once (preparing costs more than most queries). */
const executor = (database: DatabaseSync, changes: TableChanges): Execute => {
  const prepare = watched(database);
  const cache = new Map<string, Prepared & { answers: boolean }>();
  const prepared = (sql: string) => {
    const known = cache.get(sql);
    if (known) return known;
    const made = prepare(sql);
    const entry = { ...made, answers: made.statement.columns().length > 0 };
    if (cache.size >= cachedStatements) cache.delete(cache.keys().next().value ?? '');
    cache.set(sql, entry);
    return entry;
  };
  return ({ sql, parameters }) => {
    const { statement, answers, reads, writes } = prepared(sql);
    changes.read(reads);
    changes.written(writes);
    const values = parameters as readonly SQLInputValue[];
    if (answers) return { rows: statement.all(...values) as never[] };
    return { rows: [], numAffectedRows: BigInt(statement.run(...values).changes) };
  };
};

/**
 * Another process may hold the write lock. Waiting inside SQLite (`busy_timeout`) would stop the whole event loop, and
 * with it whatever in this process must go on to release the lock: so we come back instead.
 */
const patiently = async <Result>(work: () => Result): Promise<Result> => {
  const deadline = performance.now() + otherProcessLimitMs;
  for (let pause = 1; ; pause = Math.min(pause * 2, 50)) {
    try {
      return work();
    } catch (error) {
      if (!isSqliteBusy(error) || performance.now() > deadline) throw error;
    }
    await sleep(pause);
  }
};

interface Connection extends DatabaseConnection {
  /** `failed`: a statement failed; PostgreSQL takes no more then, so neither do we. */
  transaction: 'none' | 'open' | 'failed';
}

const stream = (): never => {
  throw new Error('Streaming is not used');
};

interface Files {
  writer: DatabaseSync;
  reader: DatabaseSync;
}

const openFiles = (path: string): Files => {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  // The write-ahead log and its index take over the mode of the file.
  closeSync(openSync(path, 'a', 0o600));
  chmodSync(path, 0o600);
  const writer = new DatabaseSync(path, { timeout: otherProcessLimitMs });
  // Not `full`: a commit writes, and its fsync is ours (shared-sync.ts). SQLite still syncs around its checkpoints.
  writer.exec('pragma journal_mode = wal; pragma synchronous = normal; pragma foreign_keys = on');
  // Deleted and replaced content is overwritten with zeros: destroyed keys do not linger in free pages.
  writer.exec('pragma secure_delete = on; pragma busy_timeout = 0');
  return { writer, reader: new DatabaseSync(path, { readOnly: true, timeout: otherProcessLimitMs }) };
};

/** Texts that are written once are not parsed: their first word tells. */
const isRead = ({ query, sql }: CompiledQuery): boolean =>
  query.kind === 'SelectQueryNode' || (query.kind === 'RawNode' && sql.startsWith('select '));

const sqliteDriver = (
  { writer, reader }: Files,
  changes: TableChanges,
  log: WriteAheadLog,
  stopSweeping: () => void,
): Driver => {
  const lock = createWriteLock(transactionLimitMs);
  const write = executor(writer, changes);
  const read = executor(reader, changes);

  const inTransaction = (connection: Connection, query: CompiledQuery): QueryResult<never> => {
    if (connection.transaction === 'failed')
      throw new Error('A statement of this transaction has failed: it can only be undone');
    try {
      return write(query);
    } catch (error) {
      connection.transaction = 'failed';
      throw error;
    }
  };

  const alone = async (query: CompiledQuery): Promise<QueryResult<never>> => {
    if (isRead(query)) return read(query);
    log.check();
    await lock.acquire();
    let result: QueryResult<never>;
    try {
      result = await patiently(() => write(query));
      changes.committed();
    } finally {
      lock.release();
    }
    await log.done();
    return result;
  };

  const end = (connection: DatabaseConnection) => {
    (connection as Connection).transaction = 'none';
    lock.release();
  };

  return {
    init: async () => {},
    acquireConnection: async () => {
      const connection: Connection = {
        transaction: 'none',
        executeQuery: async (query) =>
          connection.transaction === 'none' ? alone(query) : inTransaction(connection, query),
        streamQuery: stream,
      };
      return connection;
    },
    beginTransaction: async (connection) => {
      log.check();
      await lock.acquire();
      try {
        await patiently(() => writer.exec('begin immediate'));
        (connection as Connection).transaction = 'open';
      } catch (error) {
        lock.release();
        throw error;
      }
    },
    commitTransaction: async (connection) => {
      if ((connection as Connection).transaction === 'failed')
        throw new Error('A statement of this transaction has failed: nothing was kept');
      writer.exec('commit');
      changes.committed();
      // The next one may begin: what it builds upon is on the disk before it is itself.
      end(connection);
      await log.done();
    },
    rollbackTransaction: async (connection) => {
      // Committed, but its fsync failed: what is open now is another one.
      if ((connection as Connection).transaction === 'none') return;
      try {
        // A full disk has undone it already.
        if (writer.isTransaction) writer.exec('rollback');
        changes.undone();
      } finally {
        end(connection);
      }
    },
    releaseConnection: async () => {},
    destroy: async () => {
      stopSweeping();
      await log.idle();
      reader.close();
      writer.close();
      log.close();
    },
  };
};

interface WriteAheadLog extends SharedSync {
  close(): void;
}

const syncFile = promisify(fdatasync);

/** Opens the log, and makes its name in the directory as durable as what will be written into it. */
const openDurably = (path: string): number => {
  const directory = openSync(dirname(path), 'r');
  fsyncSync(directory);
  closeSync(directory);
  return openSync(path, 'r');
};

/** The log file stays the same for as long as one connection to the database is open. */
const openLog = (path: string, sync: (file: number) => Promise<void>): WriteAheadLog => {
  let file: number | undefined;
  return {
    // The first commit makes the file.
    ...createSharedSync(() => sync((file ??= openDurably(`${path}-wal`)))),
    close: () => {
      if (file !== undefined) closeSync(file);
    },
  };
};

export interface SqliteDialect extends Dialect {
  /** Soon empties the write-ahead log, which still holds what was destroyed or replaced in the file itself. */
  sweep(): void;
  /** Runs a read, and says later whether a commit has overtaken it. */
  observe: Observe;
  /**
   * Grows with every commit, whichever process it is of, but for our own of task reports: what else was read at the same
   * number is read the same again.
   */
  version(): number;
}

/**
 * @param sync for tests: brings a file to the disk
 * @throws AppError `unavailable` (503) when the file cannot be opened
 */
export const openSqlite = (path: string, sync = syncFile): SqliteDialect => {
  let files: Files;
  try {
    files = openFiles(path);
  } catch (error) {
    throw new AppError('unavailable', 503, `Cannot open the database ${path}: ${reasonOf(error)}`, {
      cause: error,
    });
  }
  let sweeping: NodeJS.Timeout | undefined;
  const sweep = () => {
    sweeping ??= setTimeout(() => {
      sweeping = undefined;
      const done =
        !files.writer.isTransaction &&
        files.writer.prepare('pragma wal_checkpoint(truncate)').get()?.['busy'] === 0;
      if (!done) sweep();
    }, sweepDelayMs).unref();
  };
  const changes = createTableChanges(files.writer);
  return {
    sweep,
    observe: changes.observe,
    version: changes.version,
    createAdapter: () => sqliteAdapter(),
    createDriver: () => sqliteDriver(files, changes, openLog(path, sync), () => clearTimeout(sweeping)),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
};

/** Kysely's own says that there is one connection (our driver orders them itself) and no transactional DDL (there is). */
const sqliteAdapter = (): SqliteAdapter =>
  Object.defineProperties(new SqliteAdapter(), {
    supportsMultipleConnections: { value: true },
    supportsTransactionalDdl: { value: true },
  });
