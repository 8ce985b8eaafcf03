/** Tasks of a run, and what is reported of them; how reports become one record: task-merging.ts. */

export const taskStatuses = [
  'NEW',
  'SUBMITTED',
  'RUNNING',
  'CACHED',
  'COMPLETED',
  'FAILED',
  'ABORTED',
] as const;
export type TaskStatus = (typeof taskStatuses)[number];

/**
 * Who tells, from the least to the most believed. `close`: we, when the run is over and nobody told how the task ended.
 * `http`: Nextflow's reporting plugin. `log`: Nextflow's log. `trace`: the trace file, whose numbers are final.
 */
export const taskSources = ['close', 'http', 'log', 'trace'] as const;
export type TaskSource = (typeof taskSources)[number];

interface Text {
  kind: 'text';
  /** Longer values are cut, whichever way they come: else two ways would differ. */
  max: number;
}

const text = (max: number): Text => ({ kind: 'text', max });
const whole = { kind: 'whole' } as const;
const real = { kind: 'real' } as const;
/** Epoch milliseconds. */
const time = { kind: 'time' } as const;
const list = { kind: 'list' } as const;

/** What is known of a task beside its number and status. Durations are milliseconds, sizes bytes. */
export const taskFields = {
  hash: text(34),
  nativeId: text(100),
  process: text(255),
  tag: text(255),
  name: text(255),
  module: list,
  container: text(1024),
  attempt: whole,
  /** Exit status; null until known. */
  exit: whole,
  submit: time,
  start: time,
  complete: time,
  duration: whole,
  realtime: whole,
  /** Per cent of one core. */
  pcpu: real,
  /** Per cent of the node's memory. */
  pmem: real,
  rss: whole,
  vmem: whole,
  peakRss: whole,
  peakVmem: whole,
  rchar: whole,
  wchar: whole,
  syscr: whole,
  syscw: whole,
  readBytes: whole,
  writeBytes: whole,
  volCtxt: whole,
  invCtxt: whole,
  cpus: whole,
  memory: whole,
  disk: whole,
  /** Time asked for. */
  time: whole,
  queue: text(255),
  executor: text(100),
  scratch: text(255),
  errorAction: text(20),
  hostname: text(255),
  cpuModel: text(255),
  accelerator: whole,
  acceleratorType: text(255),
  workdir: text(512),
  env: text(2048),
  script: text(10_240),
  /** Why it failed. */
  errorMessage: text(10_240),
} as const;

type Fields = typeof taskFields;
export type TaskField = keyof Fields;
type ValueOf<Kind> = Kind extends 'text' ? string : Kind extends 'list' ? string[] : number;

export type TaskValues = { [Field in TaskField]: ValueOf<Fields[Field]['kind']> | null };

/** One report of one task: what is absent or null is not known, and takes nothing away. */
export interface TaskReport extends Partial<TaskValues> {
  /** Nextflow's number of the task, unique in its run. */
  taskId: number;
  /** A task that ended with another exit status than 0 is FAILED, whatever word a file has for it. */
  status: TaskStatus;
}

export interface TaskRecord extends TaskValues {
  taskId: number;
  status: TaskStatus;
  /** Where status and fields come from, one digit each: what lets any order of reports end in the same record. */
  levels: string;
}

/** How far a task is. */
export const taskStages: Record<TaskStatus, number> = {
  NEW: 0,
  SUBMITTED: 1,
  RUNNING: 2,
  ABORTED: 3,
  CACHED: 3,
  COMPLETED: 3,
  FAILED: 3,
};
export const hasTaskEnded = (status: TaskStatus): boolean => taskStages[status] === 3;

/** Databases take neither halves of characters nor zero bytes. */
export const cleanText = (value: string, max: number): string =>
  value.length <= max && !value.includes('\0') && value.isWellFormed()
    ? value
    : value.replaceAll('\0', '').slice(0, max).toWellFormed();

export type TaskForm = Fields[TaskField];

/** What a field keeps of what it is told; null where that is nothing. */
export const cleanTold = (form: TaskForm, value: unknown): TaskValues[TaskField] => {
  if (form.kind === 'text') return typeof value === 'string' ? cleanText(value, form.max) : null;
  if (form.kind === 'list')
    return Array.isArray(value)
      ? value
          .filter((one) => typeof one === 'string')
          .map((one) => cleanText(one, 255))
          .slice(0, 50)
      : null;
  if (typeof value !== 'number' || !Number.isFinite(value)) return null;
  if (form.kind === 'real') return value;
  return Number.isSafeInteger(Math.round(value)) ? Math.round(value) : null;
};

/** How people and files name a task: the first digits of its directory. */
export const hashOf = (workdir: string): string | null => {
  const [, prefix, rest] = /\/([0-9a-f]{2})\/([0-9a-f]{6})[0-9a-f]*\/?$/.exec(workdir) ?? [];
  return prefix === undefined ? null : `${prefix}/${rest}`;
};

/** Reports from the log know the name alone: `FASTQC (sample 1)` is a task of `FASTQC`. */
export const processOf = ({ process, name }: Pick<TaskRecord, 'process' | 'name'>): string =>
  process ?? name?.replace(/ \(.*\)$/s, '') ?? '';
