/** What becomes known of runs and tasks: Nextflow's files read over SSH, its reports over HTTP, and both together. */
import type { Break } from './break.ts';

const reader = { file: 'src/schedulers/progress/reader.ts', test: 'src/schedulers/progress/reader.test.ts' };
const script = { ...reader, file: 'src/schedulers/progress/progress.sh' };
const logEvents = {
  file: 'src/schedulers/progress/log-events.ts',
  test: 'src/schedulers/progress/digest-log.test.ts',
};
const logDigest = { ...logEvents, file: 'src/schedulers/progress/digest-log.ts' };
const traceRows = {
  file: 'src/schedulers/progress/trace-rows.ts',
  test: 'src/schedulers/progress/trace-rows.test.ts',
};
const merging = { file: 'src/core/task-merging.ts', test: 'src/core/task-merging.test.ts' };
const progress = { file: 'src/launcher/progress.ts', test: 'src/launcher/progress.test.ts' };
const told = { file: 'src/contract/trace-tasks.ts', test: 'src/api/trace.real.test.ts' };
const actions = { file: 'src/actions/reports/trace.ts', test: 'src/api/trace-runs.real.test.ts' };

const read: readonly Break[] = [
  {
    ...reader,
    keeps: 'a log that was replaced in place by a longer one is read from its beginning',
    from: '  if (goesOn && part.bytes[0] !== 10 && !mark.midLine) return again(part);\n',
    to: '',
    named: 'replaced in place',
  },
  {
    ...script,
    keeps: 'a file that was truncated is read from its beginning',
    from: '  [ "$lk_from" -le "$4" ] || lk_from=0\n',
    to: '',
    named: 'a file that was cut',
  },
  {
    ...script,
    keeps: 'a log that was rotated is read to its end first',
    from: '      if [ "$lk_size" != "$3" ]; then lk_send log "$lk_name" "$lk_inode" "$lk_size" "$3"; return; fi\n',
    to: '',
    named: 'is read to its end',
  },
  {
    ...script,
    keeps: 'rotated logs are read in their order',
    from: '"$1.3" "$1.2" "$1.1" "$1")',
    to: '"$1" "$1.1" "$1.2" "$1.3")',
    named: 'oldest first',
  },
  {
    ...script,
    keeps: 'only bytes that are new are sent',
    from: 'tail -c "+$((lk_from + 1))" -- "$2" | head',
    to: 'cat -- "$2" | head',
    named: 'only what is new',
  },
  {
    ...reader,
    keeps: 'flat memory: however long a log is, it comes in pieces',
    from: 'Math.max(fewest, Math.min(most, Math.floor(bytesAtOnce / (2 * runs))))',
    to: 'runs * bytesAtOnce',
    named: 'a long log comes in pieces',
  },
  {
    ...progress,
    keeps: 'one read per member and interval, however many runs',
    from: 'groupsOf(runs, progress.atOnce)',
    to: 'groupsOf(runs, 1)',
    named: 'one command for all runs',
  },
  {
    ...progress,
    keeps: 'the mark moves only with what was written: whoever lost the lease moves none',
    from: '    if (!held) return null;\n',
    to: '',
    named: 'promise 29',
  },
  {
    ...progress,
    keeps: 'why a task failed is told after its end, and still finds its task',
    from: "late ? 'all' : 'open'",
    to: "'open'",
    named: 'why a task failed',
  },
  {
    keeps: 'states live within 5 s, after whatever silence',
    file: 'src/launcher/pace.ts',
    from: 'const longestSilent = 4_000;',
    to: 'const longestSilent = 32_000;',
    test: 'src/launcher/pace.test.ts',
    named: 'whatever silence',
  },
  {
    ...progress,
    keeps: 'reporting http without the plugin: the files are read',
    from: ' && reading?.reporting?.http === true',
    to: '',
    test: 'src/launcher/reporting.test.ts',
    named: 'reporting http',
  },
  {
    keeps: 'reporting http: what got lost on the way is filled up from the files in the end',
    file: 'src/launcher/collect.ts',
    from: '    if (!(await progress.finish(target, run))) {',
    to: "    if (run.snapshot.config.reporting !== 'http' && !(await progress.finish(target, run))) {",
    test: 'src/launcher/reporting.test.ts',
    named: 'filled up',
  },
];

const understood: readonly Break[] = [
  {
    ...logEvents,
    keeps: 'names are not escaped: an entry is read from the right',
    from: 'let at = text.lastIndexOf(mark); at >= 0; at = at > 0 ? text.lastIndexOf(mark, at - 1) : -1',
    to: 'let at = text.indexOf(mark); at >= 0; at = text.indexOf(mark, at + 1)',
    named: 'not escaped',
  },
  {
    ...logEvents,
    keeps: 'a job that left no exit status has failed',
    from: '(exit ?? (onGrid ? 1 : 0)) !== 0',
    to: '(exit ?? 0) !== 0',
    named: 'left no exit status',
  },
  {
    ...logEvents,
    keeps: 'a task whose end Nextflow found wanting has failed, whatever its exit status',
    from: " || before.slice(found.index + whole.length) !== '-'",
    to: '',
    named: 'left no exit status',
  },
  {
    ...logDigest,
    keeps: 'names with line breaks: an entry goes on until it has an end',
    from: '        if (to === latin1.length) return { told, used: entry.from };\n        continue;\n',
    to: '        break;\n',
    named: 'not escaped',
  },
  {
    ...traceRows,
    keeps: 'a row of the trace file whose name goes on in the next piece waits for it',
    from: "!name.startsWith(`${process} (`) || name.endsWith(')')",
    to: 'name.length + process.length >= 0',
    named: 'cut anywhere',
  },
  {
    ...traceRows,
    keeps: 'tags that are a dash, or hold the separator, come back as they were',
    from: "tag === '-' && name !== `${process} (-)` ? null",
    to: "tag === '-' && name !== process ? null",
    named: 'tag',
  },
];

const merged: readonly Break[] = [
  {
    ...merging,
    keeps: 'reports in any order: a status never goes back',
    from: 'if (mine !== theirs) return mine > theirs;',
    to: 'if (mine !== theirs) return true;',
    named: 'never takes a status back',
  },
  {
    ...merging,
    keeps: 'of an ending the trace file has the last word',
    from: '  if (isTrace !== wasTrace) return isTrace;\n',
    to: '',
    named: 'last word',
  },
  {
    keeps: 'where both ways differ, the files are right',
    file: 'src/core/tasks.ts',
    from: "['close', 'http', 'log', 'trace'] as const",
    to: "['close', 'trace', 'log', 'http'] as const",
    test: 'src/schedulers/progress/both-ways.test.ts',
    named: 'in whatever order',
  },
  {
    keeps: 'duplicates are harmless: a task that is told of again is counted once',
    file: 'src/store/tasks/counters.ts',
    from: '  for (const { before } of changes) move(before, -1);\n',
    to: '',
    test: 'src/store/tasks/tasks.real.test.ts',
    named: 'whatever way the tasks took',
  },
  {
    keeps: 'an older count that comes late does not overtake a newer one',
    file: 'src/store/tasks/counters.ts',
    from: 'if (!told || (known !== null && known.instant > told.instant)) return known;',
    to: 'if (!told) return known;',
    test: told.test,
    named: 'counts without tasks',
  },
  {
    keeps: 'reports of tasks drop no answer that is remembered',
    file: 'src/store/dialect/table-changes.ts',
    from: "  'waiting_reports',\n",
    to: '',
    test: 'src/store/remembered.test.ts',
    named: 'reports of tasks drop nothing',
  },
  {
    keeps: 'what changes more than reports drops the answers that are remembered',
    file: 'src/store/dialect/table-changes.ts',
    from: "  'waiting_reports',\n",
    to: "  'waiting_reports',\n  'runs',\n",
    test: 'src/store/remembered.test.ts',
    named: 'reports of tasks drop nothing',
  },
];

const overHttp: readonly Break[] = [
  {
    ...told,
    keeps: 'an exit status that Nextflow does not know yet is none',
    from: 'given === unknownExit ? null : ',
    to: '',
    named: 'unknown keys',
  },
  {
    ...told,
    keeps: 'more tasks at once than any report has are refused',
    from: '.max(maxTasks).nullish()',
    to: '.nullish()',
    named: 'too many tasks',
  },
  {
    ...told,
    keeps: 'no character costs a whole report',
    file: 'src/contract/trace.ts',
    from: '  untouched: true,\n',
    to: '',
    named: 'unknown keys',
  },
  {
    ...actions,
    keeps: 'only who launched a run reports on it',
    from: 'if (caller.userId === run.userId) return;',
    to: 'if (caller.userId > 0) return;',
    named: 'by nobody but who launched it',
  },
  {
    ...actions,
    keeps: 'a run launched here ends by its head job, whatever is reported',
    from: 'if (startedByHand(run) && merged) await endHandRun',
    to: 'if (merged) await endHandRun',
    named: 'ends by its head job alone',
  },
  {
    ...actions,
    keeps: 'the first word of a run’s end stays',
    from: '        if (known.completedAt !== null) return;\n',
    to: '',
    named: 'was told to stop',
  },
  {
    ...actions,
    keeps: 'a start that is asked again is the same run',
    file: 'src/actions/reports/hand-runs.ts',
    from: '    if (same && !(await tables.runReports.find(run.id))) return run;\n',
    to: '',
    named: 'asked again is the same run',
  },
  {
    ...actions,
    keeps: 'a run whose heartbeat is lost shows since when',
    file: 'src/actions/runs/runs.ts',
    from: 'since ${new Date(heardAt).toISOString()}; the scheduler',
    to: 'for a while; the scheduler',
    named: 'says since when',
  },
  {
    keeps: 'a run started by hand that falls silent shows since when',
    file: 'src/launcher/silence.ts',
    from: 'const heardAt = workflow.lastReportAt ?? run.createdAt;',
    to: 'const heardAt = run.createdAt;',
    test: 'src/launcher/silence.test.ts',
  },
  {
    ...actions,
    keeps: 'reports are never told to wait',
    file: 'src/api/register.ts',
    from: "!route.path.startsWith('/trace/')",
    to: "route.path !== '/trace'",
    named: 'never told to wait',
  },
  {
    ...told,
    keeps: 'over HTTP too a status never goes back, in whatever order reports come',
    file: merging.file,
    from: 'if (mine !== theirs) return mine > theirs;',
    to: 'if (mine !== theirs) return true;',
    named: 'told twice, backwards',
  },
];

export const breaks: readonly Break[] = [...read, ...understood, ...merged, ...overHttp];
