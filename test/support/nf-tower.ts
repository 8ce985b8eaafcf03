/** What Nextflow's reporting plugin really sent (`test/fixtures/nf-tower`), to be sent again. */
import { readFileSync } from 'node:fs';
import type { ReportedWorkflow } from '#core/reports.ts';
import type { TaskReport } from '#core/tasks.ts';

interface Recorded {
  method: 'POST' | 'PUT';
  /** Below `/api`, with `{id}` for the run's id. */
  path: string;
  headers: Record<string, string>;
  body: Record<string, unknown>;
}

export type Recording = 'success-5-tasks' | 'failing-task';

interface Line extends Omit<Recorded, 'headers'> {
  headers: [string, string][];
}

/** The recorded calls in their order, without token and length. */
export const recordedCalls = (name: Recording): Recorded[] =>
  readFileSync(new URL(`../fixtures/nf-tower/${name}.jsonl`, import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .map((text) => {
      const { method, path, headers, body } = JSON.parse(text) as Line;
      const kept = headers.filter(
        ([header]) => !/^(authorization|host|content-length|connection)$/i.test(header),
      );
      return {
        method,
        path: path.replace(/^\/api/, '').replace('A1b2C3d4E5f6G7', '{id}'),
        headers: Object.fromEntries(kept),
        body,
      };
    });

const moment = (text: unknown): number | null => (typeof text === 'string' ? Date.parse(text) : null);

/** Every report of a task, as it was sent. */
export const recordedTasks = (name: Recording): TaskReport[] =>
  recordedCalls(name)
    .flatMap(({ body }) => (body['tasks'] ?? []) as Record<string, unknown>[])
    .map((task) => ({
      ...(task as unknown as TaskReport),
      exit: task['exit'] === 2_147_483_647 ? null : (task['exit'] as number),
      submit: moment(task['submit']),
      start: moment(task['start']),
      complete: moment(task['complete']),
    }));

/** What Nextflow said of the run as a whole in its last call, as far as its end goes. */
export const recordedEnd = (name: Recording): ReportedWorkflow =>
  recordedCalls(name).at(-1)?.body['workflow'] as ReportedWorkflow;
