/**
 * Which reads are overtaken by which commits. SQLite itself says what a statement reads and writes when it is prepared:
 * joins, subqueries and what a deletion takes along are in it. Commits of other processes may have changed anything; the
 * connection that writes counts them apart from its own (`pragma data_version`).
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { constants, type DatabaseSync, type StatementSync } from 'node:sqlite';

export interface Prepared {
  statement: StatementSync;
  reads: ReadonlySet<string>;
  writes: ReadonlySet<string>;
}

const writing: ReadonlySet<number> = new Set([
  constants.SQLITE_INSERT,
  constants.SQLITE_UPDATE,
  constants.SQLITE_DELETE,
]);

/** @returns prepares statements, and says which tables they touch */
export const watched = (database: DatabaseSync): ((sql: string) => Prepared) => {
  let reads = new Set<string>();
  let writes = new Set<string>();
  database.setAuthorizer((action, table) => {
    if (table === null) return constants.SQLITE_OK;
    if (action === constants.SQLITE_READ) reads.add(table);
    else if (writing.has(action)) writes.add(table);
    return constants.SQLITE_OK;
  });
  return (sql) => {
    [reads, writes] = [new Set(), new Set()];
    return { statement: database.prepare(sql), reads, writes };
  };
};

/**
 * What is not counted: reports of tasks come several times a second, and each would drop whatever is kept by `version`,
 * while nothing of that is read from their tables.
 */
const tablesOfReports: ReadonlySet<string> = new Set([
  'tasks',
  'run_progress',
  'run_processes',
  'waiting_reports',
]);

export interface Observed<Value> {
  answer: Promise<Value>;
  /** Would the read give the same now? */
  isCurrent(): boolean;
}

export type Observe = <Value>(read: () => Promise<Value>) => Observed<Value>;

export interface TableChanges {
  /** These are about to be written; it counts from the commit on. */
  written(tables: ReadonlySet<string>): void;
  committed(): void;
  undone(): void;
  /** These are being read. */
  read(tables: ReadonlySet<string>): void;
  observe: Observe;
  /** Grows with every commit, whichever process it is of, but for our own of task reports. */
  version(): number;
}

export const createTableChanges = (writer: DatabaseSync): TableChanges => {
  const dataVersion = writer.prepare('pragma data_version');
  const ofOthers = (): number => Number(dataVersion.get()?.['data_version']);
  const changedBy = new Map<string, number>();
  const uncommitted = new Set<string>();
  const reading = new AsyncLocalStorage<Set<string>>();
  let commits = 0;
  let counted = 0;
  return {
    written: (tables) => {
      for (const table of tables) uncommitted.add(table);
    },
    committed: () => {
      commits += 1;
      if ([...uncommitted].some((table) => !tablesOfReports.has(table))) counted += 1;
      for (const table of uncommitted) changedBy.set(table, commits);
      uncommitted.clear();
    },
    undone: () => uncommitted.clear(),
    read: (tables) => {
      const noted = reading.getStore();
      if (noted) for (const table of tables) noted.add(table);
    },
    // Neither of the two ever gets smaller: a sum is another number when one of them is.
    version: () => counted + ofOthers(),
    observe: (read) => {
      // Before the read: what comes in between is taken for a change.
      const [own, others] = [commits, ofOthers()];
      const tables = new Set<string>();
      let whole = false;
      const answer = reading.run(tables, read);
      answer.then(
        () => (whole = true),
        () => undefined,
      );
      const untouched = () => whole && [...tables].every((table) => (changedBy.get(table) ?? 0) <= own);
      return { answer, isCurrent: () => ofOthers() === others && (commits === own || untouched()) };
    },
  };
};
