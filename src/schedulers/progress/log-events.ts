/**
 * What the entries of Nextflow's log say about tasks (`NXF_TRACE=nextflow.processor.TaskPollingMonitor`). Names are not
 * escaped and may hold `; status: FAILED`, brackets, tabs and line breaks: the number stands left of the name, all else
 * is read from the right.
 */
import type { TaskStatus } from '#core/tasks.ts';
import type { LogEntry } from './log-entries.ts';

export interface TaskEvent {
  kind: 'task';
  taskId: number;
  status: Extract<TaskStatus, 'NEW' | 'RUNNING' | 'COMPLETED' | 'FAILED'>;
  name: string;
  workdir: string;
  /** Null: not submitted yet, or no job of a scheduler. */
  nativeId: string | null;
  /** Does a scheduler run it? Else Nextflow itself does. */
  onGrid: boolean;
  exit: number | null;
  /** Epoch ms, where the log tells. */
  started: number | null;
}

/** These lines do not know the task's number. */
export interface SubmitEvent {
  kind: 'submitted';
  /** `ab/123456` */
  hash: string;
  nativeId?: string;
  executor?: string;
}

/** A task that could not even be submitted, or whose end Nextflow found wanting. */
export interface FaultEvent {
  kind: 'fault';
  hash: string;
}

export interface ProcessesEvent {
  kind: 'processes';
  names: string[];
}

export type LogEvent = TaskEvent | SubmitEvent | FaultEvent | ProcessesEvent;

/** How people and files name a task: the first digits of its directory. */
export const hashOf = (workdir: string): string | null => {
  const [, prefix, rest] = /\/([0-9a-f]{2})\/([0-9a-f]{6})[0-9a-f]*\/?$/.exec(workdir) ?? [];
  return prefix === undefined ? null : `${prefix}/${rest}`;
};

const ended = { NEW: 'NEW', SUBMITTED: 'NEW', RUNNING: 'RUNNING', COMPLETED: 'COMPLETED' } as const;

const handler =
  /^(?:Scheduled task|Task started|Task completed) > TaskHandler\[(?:jobId: ([^;\n]*); )?id: (\d{1,9}); name: ([^]*); status: (NEW|SUBMITTED|RUNNING|COMPLETED); exit: (-|-?\d{1,10}); error: ([^]*?); workDir: (\/[^\n]*?)(?: started: (-|\d+); exited: [^\n;]*; )?\]$/;

const taskEvent = (message: string): TaskEvent | null => {
  const [, jobId, id, name = '', word, exitText, error, workdir = '', started] = handler.exec(message) ?? [];
  if (word === undefined) return null;
  const onGrid = jobId !== undefined;
  const exit = exitText === '-' ? null : Number(exitText);
  const status = ended[word as keyof typeof ended];
  // A job without an exit file has failed; a task that Nextflow runs in itself never has an exit status.
  const failed = (exit ?? (onGrid ? 1 : 0)) !== 0 || error !== '-';
  return {
    kind: 'task',
    taskId: Number(id),
    status: status === 'COMPLETED' && failed ? 'FAILED' : status,
    name,
    workdir,
    nativeId: jobId === undefined || jobId === 'null' ? null : jobId,
    onGrid,
    exit,
    started: started === undefined || started === '-' ? null : Number(started),
  };
};

const submitEvent = (message: string): SubmitEvent | null => {
  const [, executor, jobId, workdir = ''] =
    /^\[([A-Z0-9_-]{1,40})\] submitted process [^]* > jobId: ([^;\n]*); workDir: (\/[^\n]*)$/.exec(message) ?? [];
  const hash = hashOf(workdir);
  if (executor === undefined || jobId === undefined || hash === null) return null;
  return { kind: 'submitted', hash, executor: executor.toLowerCase(), nativeId: jobId };
};

const faultEvent = (message: string): FaultEvent | null => {
  const [, workdir = ''] =
    /^Handling unexpected condition for\n {2}task: name=[^]*; work-dir=(\/[^\n]*)\n {2}error \[/.exec(message) ?? [];
  const hash = hashOf(workdir);
  return hash === null ? null : { kind: 'fault', hash };
};

const sessionEvent = (message: string): LogEvent | null => {
  const [, hash] = /^\[([0-9a-f]{2}\/[0-9a-f]{6})\] (?:Re-s|S)ubmitted process > /.exec(message) ?? [];
  if (hash !== undefined) return { kind: 'submitted', hash };
  const [, names] = /^Workflow process names \[[^\]\n]*\]: ([^\n]*)$/.exec(message) ?? [];
  return names === undefined ? null : { kind: 'processes', names: names.split(', ').filter(Boolean) };
};

/** Loggers are abbreviated to 36 characters from the left, so their last part tells. */
const readers: Record<string, { begins: RegExp; read: (message: string) => LogEvent | null }> = {
  TaskPollingMonitor: { begins: /^(?:Scheduled task|Task started|Task completed) > TaskHandler\[/, read: taskEvent },
  GridTaskHandler: { begins: /^\[[A-Z0-9_-]+\] submitted process /, read: submitEvent },
  TaskProcessor: { begins: /^Handling unexpected condition for\n/, read: faultEvent },
  Session: { begins: /^(?:\[[0-9a-f]{2}\/[0-9a-f]{6}\] (?:Re-s|S)ubmitted process > |Workflow process names )/, read: sessionEvent },
};

const readerOf = (logger: string) => readers[logger.split('.').at(-1) ?? ''];

export const matters = (logger: string): boolean => readerOf(logger) !== undefined;

/**
 * @returns `unfinished` for an entry that begins like one of ours and does not end like one: the rest of a name with
 * line breaks may not have been written yet
 */
export const logEvent = ({ logger, message }: Pick<LogEntry, 'logger' | 'message'>): LogEvent | 'unfinished' | null => {
  const reader = readerOf(logger);
  if (!reader?.begins.test(message)) return null;
  return reader.read(message) ?? 'unfinished';
};
