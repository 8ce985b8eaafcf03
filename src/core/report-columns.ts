/** Reports of tasks as lists, one per field: so they are kept while they wait, and merged (task-merging.ts). */
import { type TaskField, type TaskReport, type TaskStatus, taskFields } from './tasks.ts';

export const taskFieldNames = Object.keys(taskFields) as TaskField[];
/** By name: where its value lies. */
const places: ReadonlyMap<string, number> = new Map(taskFieldNames.map((name, field) => [name, field]));

/** Reports of a batch, one list per field; of what nobody tells there is none. */
export interface ReportColumns {
  taskIds: readonly number[];
  statuses: readonly TaskStatus[];
  told: readonly { field: number; values: readonly unknown[] }[];
}

/**
 * The lists of these rows, field by field as each row has them: asking each of 100 reports for 44 names took five times as
 * long. Names that are no field of a task are passed over.
 * @param read what is kept of a field that is told; null: nothing
 */
export const gathered = (
  rows: readonly object[],
  read: (field: number, told: unknown) => unknown,
): ReportColumns['told'] => {
  const columns = taskFieldNames.map((): unknown[] | undefined => undefined);
  const nobody: readonly null[] = rows.map(() => null);
  for (const [index, object] of rows.entries()) {
    const row = object as Record<string, unknown>;
    for (const name in row) {
      const field = places.get(name);
      const told = row[name];
      if (field === undefined || told === null || told === undefined) continue;
      const kept = read(field, told);
      if (kept !== null) (columns[field] ??= nobody.slice())[index] = kept;
    }
  }
  return columns.flatMap((values, field) => (values ? [{ field, values }] : []));
};

export const columnsOf = (reports: readonly TaskReport[]): ReportColumns => ({
  taskIds: reports.map(({ taskId }) => taskId),
  statuses: reports.map(({ status }) => status),
  told: gathered(reports, (_, told) => told),
});
