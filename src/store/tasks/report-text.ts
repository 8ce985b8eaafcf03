/**
 * Reports as they are kept while they wait: one list per field, for a batch of a hundred says the same forty names a
 * hundred times else. Names were three fifths of the text; it is written to disk twice, and zeroed when it goes.
 */
import { type TaskField, type TaskReport, taskFields } from '#core/tasks.ts';

const columns = ['taskId', 'status', ...(Object.keys(taskFields) as TaskField[])] as const;

type Columns = Record<string, unknown[]>;

/** Of what nobody tells there is no column. */
export const writeReports = (reports: readonly TaskReport[]): string => {
  const told: Columns = {};
  for (const column of columns) {
    const values = reports.map((report) => report[column] ?? null);
    if (values.some((value) => value !== null)) told[column] = values;
  }
  return JSON.stringify(told);
};

export const readReports = (text: string): TaskReport[] => {
  const told = JSON.parse(text) as Columns | TaskReport[];
  // So they were kept before there were columns.
  if (Array.isArray(told)) return told;
  const names = Object.keys(told);
  return (told['taskId'] ?? []).map(
    (_, index) => Object.fromEntries(names.map((name) => [name, told[name]?.[index]])) as never,
  );
};
