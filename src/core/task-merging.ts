/**
 * How reports of a task become one record. Nextflow tells of a task several times and by several ways, late, twice, out of
 * order and with holes; whatever the order, the record must be the same in the end. Values lie in lists here, in the order
 * of `taskFields`: looked up by name, they took half the time of a merge.
 */
import { columnsOf, type ReportColumns, taskFieldNames } from './report-columns.ts';
import {
  cleanTold,
  type TaskField,
  type TaskForm,
  type TaskRecord,
  type TaskReport,
  type TaskSource,
  type TaskStatus,
  type TaskValues,
  taskFields,
  taskSources,
  taskStages,
} from './tasks.ts';

const forms: readonly TaskForm[] = Object.values(taskFields);

/** A record while reports are merged into it. */
export interface MergingTask {
  taskId: number;
  status: TaskStatus;
  /** In the order of `taskFields`. */
  values: TaskValues[TaskField][];
  /** Of the status and of each value. */
  levels: number[];
}

const nothing: readonly null[] = taskFieldNames.map(() => null);
const noLevels: readonly number[] = [0, ...nothing.map(() => 0)];

/** Nothing is known of it yet. */
export const newTask = (taskId: number): MergingTask => ({
  taskId,
  status: 'NEW',
  values: nothing.slice(),
  levels: noLevels.slice(),
});

const levelAt = (levels: string, index: number): number => {
  // Of a field that came later than the record.
  if (index >= levels.length) return 0;
  const code = levels.charCodeAt(index);
  // 0 to 9, then a to f.
  return code < 0x3a ? code - 0x30 : code - 0x57;
};
const codeOf = (level: number): number => level + (level < 10 ? 0x30 : 0x57);

/** As codes of characters: splitting and joining texts took longer than all else. */
export const levelsFrom = (text: string): number[] => noLevels.map((_, index) => levelAt(text, index));
export const levelsText = ({ levels }: MergingTask): string => String.fromCharCode(...levels.map(codeOf));

export const fromRecord = (record: TaskRecord): MergingTask => ({
  taskId: record.taskId,
  status: record.status,
  values: taskFieldNames.map((name) => record[name]),
  levels: levelsFrom(record.levels),
});

export const toRecord = (task: MergingTask): TaskRecord => ({
  ...(Object.fromEntries(
    taskFieldNames.map((name, field) => [name, task.values[field]]),
  ) as unknown as TaskValues),
  taskId: task.taskId,
  status: task.status,
  levels: levelsText(task),
});

/** Source first, so that files win over HTTP; then the later state. One hexadecimal digit. */
const levelOf = (source: TaskSource, status: TaskStatus): number =>
  taskSources.indexOf(source) * 4 + taskStages[status];
const sourceOf = (level: number): TaskSource => taskSources[level >> 2] ?? 'close';

/** Between two endings told equally well, the one further right counts. Only the trace file overrules that. */
const endings: readonly TaskStatus[] = ['ABORTED', 'CACHED', 'COMPLETED', 'FAILED'];

/** A total order of two values of one field, so that equally good reports agree too. */
const isGreater = (a: unknown, b: unknown): boolean =>
  typeof a === 'number' && typeof b === 'number' ? a > b : String(a) > String(b);

const statusWins = (status: TaskStatus, source: TaskSource, before: MergingTask): boolean => {
  const [mine, theirs] = [taskStages[status], taskStages[before.status]];
  if (mine !== theirs) return mine > theirs;
  const [isTrace, wasTrace] = [source === 'trace', sourceOf(before.levels[0] ?? 0) === 'trace'];
  if (isTrace !== wasTrace) return isTrace;
  return endings.indexOf(status) > endings.indexOf(before.status);
};

/**
 * Merges the report in this row. Any order, any repetition of the same reports gives the same record: a status never goes
 * back; of an ending the trace file has the last word; each field keeps the value of the most believed source, and of that
 * the one told with the latest status. A task closed by us ends as soon as anybody knows better.
 * @returns whether it brought anything new
 */
export const mergeReport = (
  task: MergingTask,
  { statuses, told: columns }: ReportColumns,
  row: number,
  source: TaskSource,
): boolean => {
  const status = statuses[row] ?? 'NEW';
  const own = levelOf(source, status);
  const { values, levels } = task;
  let changed = false;
  for (const { field, values: column } of columns) {
    const told = column[row];
    if (told === null || told === undefined) continue;
    const old = values[field] ?? null;
    const level = levels[field + 1] ?? 0;
    if (old !== null && (own < level || (own === level && told === old))) continue;
    // Told again, now with more weight: it was cleaned when it was told first.
    if (told !== old) {
      const value = cleanTold(forms[field] as TaskForm, told);
      if (value === null || (old !== null && own === level && !isGreater(value, old))) continue;
      values[field] = value;
    }
    levels[field + 1] = own;
    changed = true;
  }
  const wins = statusWins(status, source, task);
  if (wins || (status === task.status && own > (levels[0] ?? 0))) {
    task.status = status;
    levels[0] = own;
    changed = true;
  }
  return changed;
};

/** What is known of a task after one more report; the same object when it brings nothing new. */
export const mergeTask = (
  before: TaskRecord | undefined,
  report: TaskReport,
  source: TaskSource,
): TaskRecord => {
  const task = before ? fromRecord(before) : newTask(report.taskId);
  const changed = mergeReport(task, columnsOf([report]), 0, source);
  return before && !changed ? before : toRecord(task);
};
