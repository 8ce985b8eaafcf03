/**
 * Tasks of a run, and how reports of them become one record. Nextflow tells of a task several times and by several
 * ways, late, twice, out of order and with holes; whatever the order, the record must be the same in the end.
 */

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

const stages: Record<TaskStatus, number> = {
  NEW: 0,
  SUBMITTED: 1,
  RUNNING: 2,
  ABORTED: 3,
  CACHED: 3,
  COMPLETED: 3,
  FAILED: 3,
};
/** Between two endings told equally well, the one further right counts. Only the trace file overrules that. */
const endings: readonly TaskStatus[] = ['ABORTED', 'CACHED', 'COMPLETED', 'FAILED'];

export const hasTaskEnded = (status: TaskStatus): boolean => stages[status] === 3;

const fieldNames = Object.keys(taskFields) as TaskField[];
const forms: readonly Form[] = Object.values(taskFields);

/** Source first, so that files win over HTTP; then the later state. One hexadecimal digit. */
const levelOf = (source: TaskSource, status: TaskStatus): number =>
  taskSources.indexOf(source) * 4 + stages[status];
const levelAt = (levels: string, index: number): number => {
  const code = levels.charCodeAt(index);
  // 0 to 9, then a to f.
  return code < 0x3a ? code - 0x30 : code - 0x57;
};
const codeOf = (level: number): number => level + (level < 10 ? 0x30 : 0x57);
const noLevels = '0'.repeat(fieldNames.length + 1);
/** As codes of characters: splitting and joining texts took longer than all else. */
const digitsOf = (levels: string): number[] => {
  const codes: number[] = [];
  for (let index = 0; index < levels.length; index += 1) codes.push(levels.charCodeAt(index));
  return codes;
};
const sourceAt = (levels: string): TaskSource => taskSources[levelAt(levels, 0) >> 2] ?? 'close';

/** Databases take neither halves of characters nor zero bytes. */
export const cleanText = (value: string, max: number): string =>
  value.length <= max && !value.includes('\0') && value.isWellFormed()
    ? value
    : value.replaceAll('\0', '').slice(0, max).toWellFormed();

type Form = Fields[TaskField];

/** What a field keeps of what it is told; null where that is nothing. */
export const cleanTold = (form: Form, value: unknown): TaskValues[TaskField] => {
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

/** A total order of two values of one field, so that equally good reports agree too. */
const isGreater = (a: unknown, b: unknown): boolean =>
  typeof a === 'number' && typeof b === 'number' ? a > b : String(a) > String(b);

const statusWins = (report: TaskReport, source: TaskSource, before: TaskRecord): boolean => {
  const [mine, theirs] = [stages[report.status], stages[before.status]];
  if (mine !== theirs) return mine > theirs;
  const [isTrace, wasTrace] = [source === 'trace', sourceAt(before.levels) === 'trace'];
  if (isTrace !== wasTrace) return isTrace;
  return endings.indexOf(report.status) > endings.indexOf(before.status);
};

const unknownTask: TaskRecord = {
  taskId: 0,
  status: 'NEW',
  levels: noLevels,
  ...(Object.fromEntries(fieldNames.map((field) => [field, null])) as unknown as TaskValues),
};

/**
 * What is known of a task after one more report. Any order, any repetition of the same reports gives the same record:
 * a status never goes back; of an ending the trace file has the last word; each field keeps the value of the most
 * believed source, and of that the one told with the latest status. A task closed by us ends as soon as anybody knows
 * better. The same object comes back when the report brings nothing new.
 */
export const mergeTask = (
  before: TaskRecord | undefined,
  report: TaskReport,
  source: TaskSource,
): TaskRecord => {
  const own = levelOf(source, report.status);
  const known = before ?? unknownTask;
  const { levels } = known;
  // Most reports of most fields bring nothing: a copy is made with the first that does.
  let merged: TaskRecord | undefined;
  let digits: number[] | undefined;
  for (let index = 0; index < fieldNames.length; index += 1) {
    const field = fieldNames[index] as TaskField;
    const told = report[field];
    if (told === null || told === undefined) continue;
    const old = known[field];
    const level = levelAt(levels, index + 1);
    if (old !== null && (own < level || (own === level && told === old))) continue;
    // Told again, now with more weight: it was cleaned when it was told first.
    if (told !== old) {
      const value = cleanTold(forms[index] as Form, told);
      if (value === null || (old !== null && own === level && !isGreater(value, old))) continue;
      merged ??= { ...known };
      (merged as unknown as Record<string, unknown>)[field] = value;
    }
    digits ??= digitsOf(levels);
    digits[index + 1] = codeOf(own);
  }
  const wins = before === undefined || statusWins(report, source, before);
  if (wins || (report.status === known.status && own > levelAt(levels, 0))) {
    digits ??= digitsOf(levels);
    digits[0] = codeOf(own);
  }
  if (digits === undefined) return known;
  merged ??= { ...known };
  merged.taskId = report.taskId;
  if (wins) merged.status = report.status;
  merged.levels = String.fromCharCode(...digits);
  return merged;
};

/** How people and files name a task: the first digits of its directory. */
export const hashOf = (workdir: string): string | null => {
  const [, prefix, rest] = /\/([0-9a-f]{2})\/([0-9a-f]{6})[0-9a-f]*\/?$/.exec(workdir) ?? [];
  return prefix === undefined ? null : `${prefix}/${rest}`;
};

/** Reports from the log know the name alone: `FASTQC (sample 1)` is a task of `FASTQC`. */
export const processOf = ({ process, name }: Pick<TaskRecord, 'process' | 'name'>): string =>
  process ?? name?.replace(/ \(.*\)$/s, '') ?? '';
