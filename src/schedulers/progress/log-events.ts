/**
 * What the entries of Nextflow's log say about tasks (`NXF_TRACE=nextflow.processor.TaskPollingMonitor`). Names are not
 * escaped and may hold `; status: FAILED`, brackets, tabs and line breaks: the number stands left of the name, all else
 * is read from the right.
 */
import { errorReport, taskError } from '#core/error-report.ts';
import { hashOf, type TaskStatus } from '#core/tasks.ts';

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

/** A task that failed, could not even be submitted, or whose end Nextflow found wanting. */
export interface FaultEvent {
  kind: 'fault';
  hash: string;
  message: string | null;
}

/** The pipeline has this process; told in the order in which the pipeline names them. */
export interface ProcessEvent {
  kind: 'process';
  name: string;
}

/** At its end Nextflow says how much ran at once at most; somebody who looks every few seconds cannot know. */
export interface PeaksEvent {
  kind: 'peaks';
  tasks: number;
  cpus: number;
  /** Bytes. */
  memory: number;
}

export type LogEvent = TaskEvent | SubmitEvent | FaultEvent | ProcessEvent | PeaksEvent;

const stages = { NEW: 'NEW', SUBMITTED: 'NEW', RUNNING: 'RUNNING', COMPLETED: 'COMPLETED' } as const;

/**
 * Everything is found by searching from the right and checked where it was found: a member writes this text, and an
 * expression that tries every way to read it could be kept busy for hours.
 */
const lastMatch = (text: string, mark: string, form: RegExp): RegExpExecArray | null => {
  for (let at = text.lastIndexOf(mark); at >= 0; at = at > 0 ? text.lastIndexOf(mark, at - 1) : -1) {
    form.lastIndex = at;
    const found = form.exec(text);
    if (found) return found;
  }
  return null;
};

const number =
  /^(?:Scheduled task|Task started|Task completed) > TaskHandler\[(?:jobId: ([^;\n]{1,200}); )?id: (\d{1,9}); name: /;
const times = /^(.*) started: (-|\d{1,15}); exited: [^;\n]{0,60}; $/;
const directory = /; workDir: (\/[^\n]{1,4096})$/y;
const state = /; status: (NEW|SUBMITTED|RUNNING|COMPLETED); exit: (-|-?\d{1,10}); error: /y;

const taskEvent = (message: string): TaskEvent | null => {
  const [beginning = '', jobId, id] = number.exec(message) ?? [];
  if (id === undefined) return null;
  const lastLine = message.lastIndexOf('\n') + 1;
  const [, untimed, started] = times.exec(message.slice(lastLine, -1)) ?? [];
  const rest = message.slice(0, untimed === undefined ? -1 : lastLine + untimed.length);
  const place = lastMatch(rest, '; workDir: ', directory);
  const before = rest.slice(beginning.length, place?.index);
  const found = lastMatch(before, '; status: ', state);
  if (!place?.[1] || !found) return null;
  const [whole, word, exitText] = found;
  const onGrid = jobId !== undefined;
  const exit = exitText === '-' ? null : Number(exitText);
  const status = stages[word as keyof typeof stages];
  // A job without an exit file has failed; a task that Nextflow runs in itself never has an exit status.
  const failed = (exit ?? (onGrid ? 1 : 0)) !== 0 || before.slice(found.index + whole.length) !== '-';
  return {
    kind: 'task',
    taskId: Number(id),
    status: status === 'COMPLETED' && failed ? 'FAILED' : status,
    name: before.slice(0, found.index),
    workdir: place[1],
    nativeId: jobId === undefined || jobId === 'null' ? null : jobId,
    onGrid,
    exit,
    started: started === undefined || started === '-' ? null : Number(started),
  };
};

const submission = / > jobId: ([^;\n]{1,200}); workDir: (\/[^\n]{1,4096})$/y;

const submitEvent = (message: string): SubmitEvent | null => {
  const [, executor] = /^\[([A-Z0-9_-]{1,40})\]/.exec(message) ?? [];
  const [, nativeId, workdir = ''] = lastMatch(message, ' > jobId: ', submission) ?? [];
  const hash = hashOf(workdir);
  if (executor === undefined || nativeId === undefined || hash === null) return null;
  return { kind: 'submitted', hash, executor: executor.toLowerCase(), nativeId };
};

/** The error that follows may hold the name once more, never the directory. */
const fault = /; work-dir=(\/[^\n]{1,4096})\n {2}error \[[^\]\n]{1,300}\](?:: ([^\n]{1,10000}))?/y;

const processorEvent = (message: string): FaultEvent | ProcessEvent | null => {
  const [, name] = /^Starting process > ([^\n]{1,1000})$/.exec(message) ?? [];
  if (name !== undefined) return { kind: 'process', name };
  const report = errorReport(message);
  if (report) {
    const failed = hashOf(report.workDir ?? '');
    return failed === null ? null : { kind: 'fault', hash: failed, message: taskError(report) };
  }
  const [, workdir = '', error = null] = lastMatch(message, '; work-dir=', fault) ?? [];
  const hash = hashOf(workdir);
  return hash === null ? null : { kind: 'fault', hash, message: error };
};

const sessionEvent = (message: string): SubmitEvent | null => {
  const [, hash] = /^\[([0-9a-f]{2}\/[0-9a-f]{6})\] /.exec(message) ?? [];
  return hash === undefined ? null : { kind: 'submitted', hash };
};

const units = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'];

const peaksEvent = (message: string): PeaksEvent | null => {
  const [, tasks, cpus, amount, unit = 'B'] =
    /; peakRunning=(\d{1,9}); peakCpus=(\d{1,9}); peakMemory=(\d{1,9}(?:\.\d{1,3})?)(?: ([KMGTP]?B))?; \]$/.exec(
      message,
    ) ?? [];
  if (tasks === undefined) return null;
  const memory = Math.round(Number(amount) * 1_024 ** units.indexOf(unit));
  return { kind: 'peaks', tasks: Number(tasks), cpus: Number(cpus), memory };
};

interface Reader {
  begins: RegExp;
  /** Where this is missing, the rest of the entry has not been seen yet. */
  ends: RegExp;
  read(message: string): LogEvent | null;
}

/** By the last part of the logger's name: the log abbreviates the others. */
const readers: Record<string, Reader> = {
  TaskPollingMonitor: {
    begins: /^(?:Scheduled task|Task started|Task completed) > TaskHandler\[/,
    ends: /\]$/,
    read: taskEvent,
  },
  GridTaskHandler: {
    begins: /^\[[A-Z0-9_-]+\] submitted process /,
    ends: /; workDir: \S[^\n;]*$/,
    read: submitEvent,
  },
  TaskProcessor: {
    begins: /^(?:Starting process > |Error executing process > |Handling unexpected condition for(?:\n|$))/,
    ends: /^Starting|\n {2}error \[|\nWork dir:\n {2}\/|\nTip: /,
    read: processorEvent,
  },
  WorkflowStatsObserver: { begins: /^Workflow completed > WorkflowStats\[/, ends: /\]$/, read: peaksEvent },
  Session: {
    begins: /^\[[0-9a-f]{2}\/[0-9a-f]{6}\] (?:Re-s|S)ubmitted process > /,
    ends: /^/,
    read: sessionEvent,
  },
};

const readerOf = (logger: string): Reader | undefined => readers[logger.split('.').at(-1) ?? ''];

export const matters = (logger: string): boolean => readerOf(logger) !== undefined;

/**
 * @returns `unfinished` for an entry that begins like one of ours and does not end like one: the rest of a name with
 * line breaks comes later
 */
export const logEvent = (logger: string, message: string): LogEvent | 'unfinished' | null => {
  const reader = readerOf(logger);
  if (!reader?.begins.test(message)) return null;
  return reader.ends.test(message) ? reader.read(message) : 'unfinished';
};
