/**
 * Reports as they are kept while they wait: one list per field, for a batch of a hundred says the same forty names a
 * hundred times else. Names were three fifths of the text; it is written to disk twice, and zeroed when it goes.
 */
import { columnsOf, type ReportColumns, taskFieldNames } from '#core/report-columns.ts';
import type { TaskReport, TaskStatus } from '#core/tasks.ts';

interface Kept extends Record<string, unknown[]> {
  taskId: number[];
  status: TaskStatus[];
}

export const writeReports = ({ taskIds, statuses, told }: ReportColumns): string => {
  const lists: Record<string, readonly unknown[]> = { taskId: taskIds, status: statuses };
  for (const { field, values } of told) lists[taskFieldNames[field] ?? ''] = values;
  return JSON.stringify(lists);
};

export const readReports = (text: string): ReportColumns => {
  const kept = JSON.parse(text) as Kept | TaskReport[];
  // So they were kept before there were lists.
  if (Array.isArray(kept)) return columnsOf(kept);
  const told = taskFieldNames.flatMap((name, field) => {
    const values = kept[name];
    return values ? [{ field, values }] : [];
  });
  return { taskIds: kept.taskId, statuses: kept.status, told };
};
