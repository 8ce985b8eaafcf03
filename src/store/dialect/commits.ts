/**
 * The number of the last commit that counts: what is remembered (remembered.ts) holds for as long as it stays the same.
 * Reports of tasks do not count: several come each second and each would drop every answer, while nothing that is
 * remembered reads their tables.
 */
const reportTables: ReadonlySet<string> = new Set([
  'tasks',
  'run_progress',
  'run_processes',
  'waiting_reports',
]);

/** Does a statement change nothing beyond reports? Others name another table, or begin otherwise. */
export const isOfReports = (sql: string): boolean => {
  const [, table = ''] = /^(?:insert into|update|delete from) "?(\w+)/.exec(sql) ?? [];
  return reportTables.has(table);
};

/** @param ofOthers another number after each commit that did not come through the writing connection of this process */
export const createCommitNumber = (ofOthers: () => number) => {
  let own = 0;
  return {
    committed: (): void => {
      own += 1;
    },
    /** Neither of the two ever gets smaller: a sum is another number when one of them is. */
    version: (): number => own + ofOthers(),
  };
};

export type CommitNumber = ReturnType<typeof createCommitNumber>;
