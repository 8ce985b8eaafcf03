/** What Nextflow's log, trace file and reports tell of tasks, and what members may have written into them. */
import type { Break } from './break.ts';

const at = 'src/schedulers/progress';
const reader = { file: `${at}/reader.ts`, test: `${at}/reader.test.ts` };
const script = { ...reader, file: `${at}/progress.sh` };
const answer = { file: `${at}/answer.ts`, test: `${at}/answer.test.ts` };
const clock = { file: `${at}/clock.ts`, test: `${at}/clock.test.ts` };
const events = { file: `${at}/log-events.ts`, test: `${at}/digest-log.test.ts` };
const digest = { ...events, file: `${at}/digest-log.ts` };
const rows = { file: `${at}/trace-rows.ts`, test: `${at}/trace-rows.test.ts` };
const head = { file: 'src/schedulers/head/head.sh', test: 'src/schedulers/head/head-report.test.ts' };

const sent: readonly Break[] = [
  {
    ...script,
    keeps: 'a trace file is read on, not read again',
    from: '      [ "$lk_inode" != "$5" ] || lk_offset=$6\n',
    to: '',
    named: 'then nothing new',
  },
  {
    ...script,
    keeps: 'a log that is gone for good holds up nothing',
    from: '  *) lk_going=1 ;;\n',
    to: '  *) ;;\n',
    named: 'gone for good',
  },
  {
    ...reader,
    keeps: 'each of many runs gets its share of an answer',
    from: 'maxOutputBytes: 2 * limit * runs.length + 65_536,',
    to: 'maxOutputBytes: 2 * limit + 65_536,',
    named: 'many runs in one command',
  },
  {
    ...script,
    keeps: 'an exit status that is there is told with the next look',
    from: `    if lk_look "$2/nf-$1.exit"; then lk_say ended ''; fi\n`,
    to: '',
    named: 'an end, a note',
  },
  {
    ...reader,
    keeps: 'an answer about files that has no end is none',
    file: answer.file,
    from: "if (key === 'end') return",
    to: "if (key === 'end' || key === undefined) return",
    named: 'cut short',
  },
  {
    ...reader,
    keeps: 'what stands in a log cannot pass for the answer',
    file: answer.file,
    from: '      at += length;\n',
    to: '',
    named: 'cannot pass for the answer',
  },
  {
    ...answer,
    keeps: 'bytes that hold line ends are taken as they are',
    from: 'subarray(at, at + length) };',
    to: "subarray(at, Math.min(at + length, stdout.indexOf('\\n', at))) };",
    named: 'told by their length',
  },
  {
    ...answer,
    keeps: 'a line of another shape is none of ours',
    from: 'numbers.length !== 3',
    to: 'numbers.length < 3',
    named: 'latchkey: log',
  },
  {
    ...answer,
    keeps: 'a line without an end is refused',
    from: "if (key === 'end') return",
    to: "if (key === 'end' || key === undefined) return",
    named: 'a line without an end',
  },
  {
    ...clock,
    keeps: 'a log of New Year’s Eve is not a year old',
    from: '[-1, 0, 1].map((years)',
    to: '[0].map((years)',
    named: 'the year is',
  },
  {
    ...clock,
    keeps: 'months in another language are understood around their turn',
    from: '[-1, 0, 1].map((away)',
    to: '[0, 1].map((away)',
    named: 'a month in another language',
  },
  {
    ...clock,
    keeps: 'there are zones that are off by a quarter of an hour',
    from: 'const quarter = 15 * minute;',
    to: 'const quarter = 60 * minute;',
    named: 'half an hour off',
  },
];

const log: readonly Break[] = [
  {
    ...events,
    keeps: 'schedulers are called as everywhere else',
    from: 'executor: executor.toLowerCase()',
    to: 'executor',
    named: 'Slurm: every task',
  },
  {
    ...digest,
    keeps: 'what has no job is Nextflow’s own',
    from: "event.onGrid ? null : 'local'",
    to: "event.onGrid ? 'grid' : null",
    named: 'Nextflow runs itself',
  },
  {
    ...events,
    keeps: 'why a task failed is told with what its command said',
    from: 'message: taskError(report)',
    to: 'message: report.cause',
    named: 'why each task failed',
  },
  {
    ...digest,
    keeps: 'an entry that goes on in the next piece is left for then',
    from: '        if (to === latin1.length) return { told, used: entry.from };\n',
    to: '',
    named: 'cut anywhere|goes on in the next piece',
  },
  {
    ...digest,
    keeps: 'an entry in another shape does not take in the next',
    from: "if (event === 'unfinished') {",
    to: "if (event === 'unfinished' || event === null) {",
    named: 'in another shape does not',
  },
  {
    ...events,
    keeps: 'an entry without a directory says nothing',
    from: 'const directory = /; workDir: (\\/[^\\n]{1,4096})$/y;',
    to: 'const directory = /; workDir: ([^\\n]{1,4096})$/y;',
    named: 'no number of its own',
  },
  {
    ...digest,
    keeps: 'lines that know the directory alone find their task',
    from: 'hash !== null ? [[hash, event.taskId] as const] : []',
    to: "hash !== null && event.status === 'NEW' ? [[hash, event.taskId] as const] : []",
    named: 'scheduled in an earlier piece',
  },
  {
    ...digest,
    keeps: 'lines that know the directory alone say which task they mean',
    from: '      if (taskId === undefined) digest.byHash.push({ hash, ...report });\n      else digest',
    to: '      if (taskId !== undefined) digest',
    named: 'know the directory alone',
  },
  {
    ...events,
    keeps: 'ids of jobs in arrays are ids',
    from: 'TaskHandler\\[(?:jobId: ([^;\\n]{1,200}); )?id:',
    to: 'TaskHandler\\[(?:jobId: ([\\w.]{1,200}); )?id:',
    named: 'ids of all schedulers',
  },
  {
    ...digest,
    keeps: 'times of tasks are right on a cluster in another zone',
    from: 'const zone = knownZone ?? zoneFrom(told);',
    to: 'const zone = knownZone;',
    named: 'the zone comes',
  },
  {
    ...events,
    keeps: 'memory is counted as Nextflow counts it',
    from: '1_024 **',
    to: '1_000 **',
    named: 'how much ran at once',
  },
  {
    ...digest,
    keeps: 'a log that was written to keep the reader busy does not',
    from: 'const mostWithin = 16;',
    to: 'const mostWithin = 1_024;',
    named: 'keep the reader busy',
  },
];

const trace: readonly Break[] = [
  {
    ...rows,
    keeps: 'a time that never came is none',
    from: 'number(cell) || null',
    to: 'number(cell)',
    named: 'a recorded file',
  },
  {
    ...rows,
    keeps: 'a name over several lines is one name',
    from: "const plain = fields[0] !== 'task_id' || fields[1] !== 'hash';",
    to: "const plain = separator !== '';",
    named: 'another choice of columns',
  },
  {
    ...rows,
    keeps: 'a row with an unknown status is no report',
    from: 'if (taskId === null || !isStatus(status)) return null;',
    to: 'if (taskId === null || status === undefined) return null;',
    named: 'another shape are passed over',
  },
  {
    ...rows,
    keeps: 'a header whose rows do not say which task they are of tells nothing',
    from: 'return isHeader && fields.every',
    to: 'return fields.every',
    named: 'headers:',
  },
  {
    ...rows,
    keeps: 'the files tell what HTTP tells, attempts too',
    from: "    attempt: number(row['attempt']),\n",
    to: '',
    test: `${at}/both-ways.test.ts`,
    named: 'success-5-tasks|failing-task',
  },
];

const overHttp: readonly Break[] = [
  {
    ...head,
    keeps: 'Nextflow learns where to report',
    from: 'export TOWER_ACCESS_TOKEN=$lk_token TOWER_API_ENDPOINT=$LK_ENDPOINT',
    to: 'export TOWER_ACCESS_TOKEN=$lk_token',
    named: 'gets token and address',
  },
  {
    ...head,
    keeps: 'plugins may lie where a site wants them',
    from: '${NXF_PLUGINS_DIR:-${NXF_HOME:-$HOME/.nextflow}/plugins}',
    to: '${NXF_HOME:-$HOME/.nextflow}/plugins',
    named: 'plugins lie elsewhere',
  },
  {
    ...head,
    keeps: 'another plugin does not report',
    from: '"$lk_plugins"/nf-tower-*/',
    to: '"$lk_plugins"/*/',
    named: 'another plugin',
  },
  {
    ...head,
    keeps: 'a run that shall not report over HTTP does not',
    from: 'elif [ -n "$lk_token" ]; then\n  lk_plugins',
    to: 'else\n  lk_plugins',
    named: 'without reporting over HTTP',
  },
  {
    ...head,
    keeps: 'a run that reports elsewhere on purpose says nothing of ours there',
    from: '  unset TOWER_WORKFLOW_ID TOWER_WORKSPACE_ID\n',
    to: '',
    named: 'a token of the login',
  },
  {
    ...head,
    keeps: 'a server that the node does not reach ends no run',
    from: " -e 'seqera' -e 'tower api'",
    to: " -e 'tower api'",
    named: 'once more without',
  },
  {
    ...head,
    keeps: 'what was begun is not begun again',
    from: `  ! grep -q -e ' Scheduled task > ' -e '\\] Cached process > ' "nf-$LK_ID.log" 2>/dev/null &&\n`,
    to: '',
    named: 'not started again',
  },
];

export const breaks: readonly Break[] = [...sent, ...log, ...trace, ...overHttp];
