/** The tasks of a report: a hundred of up to fifty values each, so they are looked at once, and end up in lists. */
import { z } from 'zod';
import { gathered, type ReportColumns, taskFieldNames } from '#core/report-columns.ts';
import { cleanTold, type TaskField, taskFields, taskStatuses } from '#core/tasks.ts';
import { momentOf, objectsOf, told, wholeOf } from './told.ts';

/** Clients send a hundred at most; more at once would be no report any more. */
const maxTasks = 1_000;
/** Nextflow's word for an exit status that it does not know yet. */
const unknownExit = 2_147_483_647;

/** What each field keeps of what is told, in the order of `taskFields`. */
const readers = taskFieldNames.map((name): ((given: unknown) => unknown) => {
  const form = taskFields[name];
  if (form.kind === 'time') return momentOf;
  if (name === 'exit') return (given) => (given === unknownExit ? null : cleanTold(form, given));
  return (given) => cleanTold(form, given);
});

const headOf = (raw: Record<string, unknown>) => {
  const taskId = wholeOf(raw['taskId']);
  const status = taskStatuses.find((known) => known === raw['status']);
  return taskId === null || taskId < 1 || status === undefined ? [] : [{ raw, taskId, status }];
};

/** Those that say which task they are about, and what became of it. */
export const tasksOf = (given: unknown): ReportColumns => {
  const tasks = objectsOf(given, maxTasks).flatMap(headOf);
  return {
    taskIds: tasks.map(({ taskId }) => taskId),
    statuses: tasks.map(({ status }) => status),
    told: gathered(
      tasks.map(({ raw }) => raw),
      (field, value) => readers[field]?.(value) ?? null,
    ),
  };
};

const kinds = { text: told.text, whole: told.whole, real: told.real, time: told.moment, list: told.texts };
const toldTask = z.object({
  taskId: told.whole,
  status: told.text,
  ...(Object.fromEntries(taskFieldNames.map((field) => [field, kinds[taskFields[field].kind]])) as Record<
    TaskField,
    typeof told.text
  >),
});

/** Described, not checked: `tasksOf` takes what makes sense, and looking twice at 5,000 values takes as long as the rest. */
const { $schema: _, ...describedTask } = z.toJSONSchema(toldTask, { io: 'input' });
export const toldTasks = z.array(z.unknown().meta(describedTask)).max(maxTasks).nullish();
