/**
 * Rows of tasks, a batch at a time, by SQL that is written once. A batch has 4,900 values: building, walking and renaming
 * them as a query took two thirds of its time (`npm run bench -- reports`).
 */
import { CompiledQuery } from 'kysely';
import { taskFieldNames } from '#core/report-columns.ts';
import { levelsFrom, levelsText, type MergingTask } from '#core/task-merging.ts';
import type { TaskRecord } from '#core/tasks.ts';
import type { Db, DialectName } from '../tables.ts';
import { fold } from '../text.ts';

/** The longest batch. */
export const rowsPerStatement = 100;

export const taskColumns = ['taskId', 'status', 'levels', ...taskFieldNames] as const;

const named = (column: string): string =>
  `"${column.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}"`;

const selected = taskColumns.map((column) => `${named(column)} as "${column}"`).join(', ');
const written = ['runId', 'searchText', ...taskColumns];
const insertInto = `insert into tasks (${written.map(named).join(', ')}) values `;
const orUpdate = ` on conflict (run_id, task_id) do update set ${written
  .slice(1)
  .filter((column) => column !== 'taskId')
  .map((column) => `${named(column)} = excluded.${named(column)}`)
  .join(', ')}`;

export const placeholders = (dialect: DialectName, first: number, count: number): string =>
  `(${Array.from({ length: count }, (_, index) => (dialect === 'postgres' ? `$${first + index}` : '?')).join(', ')})`;

/** One text per number of rows: each is prepared once. */
export const remembered = (make: (dialect: DialectName, count: number) => string) => {
  const known = new Map<string, string>();
  return (dialect: DialectName, count: number): string => {
    const key = `${dialect} ${count}`;
    const text = known.get(key) ?? make(dialect, count);
    known.set(key, text);
    return text;
  };
};

const selectText = remembered(
  (dialect, count) =>
    `select ${selected} from tasks where run_id = ${dialect === 'postgres' ? '$1' : '?'} and task_id in ${placeholders(dialect, 2, count)}`,
);
const upsertText = remembered(
  (dialect, count) =>
    insertInto +
    Array.from({ length: count }, (_, row) =>
      placeholders(dialect, row * written.length + 1, written.length),
    ).join(', ') +
    orUpdate,
);

/** A row with `module` still as text. */
export const toTask = <Row extends { module: string | null }>(row: Row) => ({
  ...row,
  module: row.module === null ? null : (JSON.parse(row.module) as string[]),
});

const moduleAt = taskFieldNames.indexOf('module');
const [nameAt, hashAt, nativeIdAt] = (['name', 'hash', 'nativeId'] as const).map((name) =>
  taskFieldNames.indexOf(name),
) as [number, number, number];

type Stored = Omit<TaskRecord, 'module'> & { module: string | null };

/** Within a transaction: those of these tasks that are there. */
export const readBatch = async (
  db: Db,
  dialect: DialectName,
  runId: string,
  taskIds: readonly number[],
): Promise<MergingTask[]> => {
  if (taskIds.length === 0) return [];
  const query = CompiledQuery.raw(selectText(dialect, taskIds.length), [runId, ...taskIds]);
  const { rows } = await db.withoutPlugins().executeQuery<Stored>(query);
  return rows.map((row) => {
    const values: MergingTask['values'] = taskFieldNames.map((name) => row[name]);
    if (row.module !== null) values[moduleAt] = JSON.parse(row.module) as string[];
    return { taskId: row.taskId, status: row.status, values, levels: levelsFrom(row.levels) };
  });
};

const valuesOf = (runId: string, tasks: readonly MergingTask[]): unknown[] => {
  const values: unknown[] = [];
  for (const task of tasks) {
    const searched = [task.values[nameAt], task.values[hashAt], task.values[nativeIdAt]];
    const text = searched.filter((part) => part !== null).join('\n');
    values.push(runId, fold(text), task.taskId, task.status, levelsText(task));
    for (const value of task.values)
      values.push(typeof value === 'object' && value ? JSON.stringify(value) : value);
  }
  return values;
};

/** Within a transaction. At most `rowsPerStatement` tasks, each once. */
export const writeBatch = async (
  db: Db,
  dialect: DialectName,
  runId: string,
  tasks: readonly MergingTask[],
): Promise<void> => {
  if (tasks.length === 0) return;
  const query = CompiledQuery.raw(upsertText(dialect, tasks.length), valuesOf(runId, tasks));
  await db.withoutPlugins().executeQuery(query);
};
