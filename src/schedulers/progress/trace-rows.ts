/**
 * The trace file: one row per ended task, with the final numbers. Our configuration parts fields by U+001F and puts the
 * name last, so that a name may hold line breaks and a row still has a beginning that can be told.
 */
import { type TaskReport, type TaskStatus, taskStatuses } from '#core/tasks.ts';
import { traceFields, traceSeparator } from '../head/nextflow-config.ts';

type Values = Record<string, string>;

const text = (cell: string | undefined): string | null =>
  cell === undefined || cell === '-' || cell === '' ? null : cell;

const number = (cell: string | undefined): number | null => {
  const value = text(cell) === null ? Number.NaN : Number(cell);
  return Number.isFinite(value) ? value : null;
};

/** Nextflow writes 0 for a time that never came. */
const time = (cell: string | undefined): number | null => number(cell) || null;

/** `[a/1, b/2]` */
const list = (cell: string | undefined): string[] | null => {
  if (cell === undefined) return null;
  return (text(cell) ?? '')
    .replace(/^\[(.*)\]$/s, '$1')
    .split(', ')
    .filter(Boolean);
};

const isStatus = (word: string | undefined): word is TaskStatus =>
  (taskStatuses as readonly (string | undefined)[]).includes(word);

/** A task without a tag is shown with `-`, and so is one whose tag is a dash: the name tells. */
const tagOf = ({ tag, process, name }: Values): string | null =>
  tag === '-' && name !== `${process} (-)` ? null : (tag ?? null);

const reportOf = (row: Values): TaskReport | null => {
  const status = row['status'];
  const taskId = number(row['task_id']);
  if (taskId === null || !isStatus(status)) return null;
  return {
    taskId,
    status,
    hash: text(row['hash']),
    nativeId: text(row['native_id']),
    process: text(row['process']),
    tag: tagOf(row),
    name: text(row['name']),
    module: list(row['module']),
    container: text(row['container']),
    attempt: number(row['attempt']),
    exit: number(row['exit']),
    submit: time(row['submit']),
    start: time(row['start']),
    complete: time(row['complete']),
    duration: number(row['duration']),
    realtime: number(row['realtime']),
    pcpu: number(row['%cpu']),
    pmem: number(row['%mem']),
    rss: number(row['rss']),
    vmem: number(row['vmem']),
    peakRss: number(row['peak_rss']),
    peakVmem: number(row['peak_vmem']),
    rchar: number(row['rchar']),
    wchar: number(row['wchar']),
    syscr: number(row['syscr']),
    syscw: number(row['syscw']),
    readBytes: number(row['read_bytes']),
    writeBytes: number(row['write_bytes']),
    volCtxt: number(row['vol_ctxt']),
    invCtxt: number(row['inv_ctxt']),
    cpuModel: text(row['cpu_model']),
    hostname: text(row['hostname']),
    cpus: number(row['cpus']),
    memory: number(row['memory']),
    disk: number(row['disk']),
    time: number(row['time']),
    queue: text(row['queue']),
    scratch: text(row['scratch']),
    errorAction: text(row['error_action']),
    workdir: text(row['workdir']),
  };
};

/** Members may set fields and separator of their own; the file's first line tells. */
export interface TraceForm {
  fields: readonly string[];
  separator: string;
}

export const ownForm: TraceForm = { fields: traceFields, separator: traceSeparator };

/** @returns null for a line that is no header of a trace file whose rows say which task they are of */
export const traceForm = (header: string): TraceForm | null => {
  const [separator = '\t'] = /[^\w%]+/.exec(header) ?? [];
  const fields = header.split(separator);
  const isHeader = ['task_id', 'status'].every((field) => fields.includes(field));
  return isHeader && fields.every((field) => /^[\w%]+$/.test(field)) ? { fields, separator } : null;
};

/** Where rows begin, in a text whose characters are bytes. */
const beginnings = (latin1: string, { fields, separator }: TraceForm): number[] => {
  const plain = fields[0] !== 'task_id' || fields[1] !== 'hash';
  const quoted = separator.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
  const row = plain ? /^[^\n]/gm : new RegExp(`^\\d{1,9}${quoted}[0-9a-f]{2}/[0-9a-f]{6}${quoted}`, 'gm');
  return [...latin1.matchAll(row)].map(({ index }) => index);
};

const cellsOf = (row: string, { fields, separator }: TraceForm): Values | null => {
  const cells = row.split(separator);
  if (cells.length < fields.length) return null;
  const values = Object.fromEntries(fields.map((field, index) => [field, cells[index] ?? '']));
  if (cells.length === fields.length || fields.slice(-2).join() !== 'tag,name') return values;
  // The separator in a tag, of all things: it stands there twice, once alone and once in the name.
  const rest = cells.slice(fields.length - 2).join(separator);
  const tag = rest.slice(0, (rest.length - (values['process'] ?? '').length - 4) / 2);
  return { ...values, tag, name: rest.slice(tag.length + separator.length) };
};

const isWhole = ({ process = '', name = '' }: Values): boolean =>
  !name.startsWith(`${process} (`) || name.endsWith(')');

/** A row that goes on for longer than this is none. */
const longestRow = 65_536;

/**
 * The rows of a piece of the file that ends with a line's end; a header among them is passed over.
 * @returns how many bytes were used: a last row whose tag or name goes on in the next piece is left for then
 */
export const traceReports = (piece: Buffer, form: TraceForm): { reports: TaskReport[]; used: number } => {
  const latin1 = piece.toString('latin1');
  const starts = beginnings(latin1, form);
  const reports: TaskReport[] = [];
  let used = latin1.length;
  starts.forEach((from, index) => {
    const to = starts[index + 1] ?? latin1.length;
    const row = cellsOf(
      piece
        .subarray(from, to)
        .toString('utf8')
        .replace(/\r?\n$/, ''),
      form,
    );
    const whole = row !== null && isWhole(row);
    const report = whole ? reportOf(row) : null;
    if (report) reports.push(report);
    if (!whole && to === latin1.length && to - from < longestRow) used = from;
  });
  return { reports, used };
};
