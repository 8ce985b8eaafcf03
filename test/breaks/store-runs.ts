/** Runs, leases, tasks and their counters as they are kept, on both databases. */
import type { Break } from './break.ts';

const runs = { file: 'src/store/runs.ts', test: 'src/store/runs.real.test.ts' };
const leases = { file: 'src/store/leases.ts', test: 'src/store/runs.real.test.ts' };
const held = { file: 'src/store/tasks/held-reports.ts', test: 'src/store/tasks/held-reports.test.ts' };
const text = { file: 'src/store/tasks/report-text.ts', test: 'src/store/tasks/report-text.test.ts' };

export const breaks: readonly Break[] = [
  {
    ...runs,
    keeps: 'a change of a run notes when it was',
    from: '.set({ ...encode(patch), updatedAt: now })',
    to: '.set(encode(patch))',
    named: 'a run comes back as it was stored',
  },
  {
    ...runs,
    keeps: 'of runs of the same moment the order is always the same',
    file: 'src/store/run-list.ts',
    from: "    .orderBy('runs.createdAt', 'desc')\n    .orderBy('runs.id', 'desc');",
    to: "    .orderBy('runs.createdAt', 'desc')\n    .orderBy('runs.id');",
    named: 'lists: newest first',
  },
  {
    ...runs,
    keeps: 'what is over is not live',
    from: "const live = newestFirst.where('runs.status', 'in', liveStatuses);",
    to: 'const live = newestFirst;',
    named: 'what is live on a credential',
  },
  {
    ...runs,
    keeps: 'a hidden run that lives holds its session',
    from: "eb.or([eb('runs.hiddenAt', 'is', null), eb('runs.status', 'in', liveStatuses)])",
    to: "eb('runs.hiddenAt', 'is', null)",
    named: 'a hidden run is gone for people',
  },
  {
    ...leases,
    keeps: 'what is done is not due',
    from: "    .where('phase', '<>', sql.lit('done'))\n",
    to: '',
    named: 'what is due and not done',
  },
  {
    ...leases,
    keeps: 'a followed run that is to be cancelled is due at once',
    from: "sql<number>`case when phase = 'follow' and cancel_requested_at is not null then 0 else due_at end`",
    to: 'sql<number>`due_at`',
    named: 'is due at once',
  },
  {
    ...leases,
    keeps: 'promise 29: a lease that goes on is nobody else’s',
    from: "    .where((eb) => eb.or([eb('leaseUntil', 'is', null), eb('leaseUntil', '<=', now)]))\n",
    to: '',
    named: 'a stale fence writes nothing|at once never hold one run',
  },
  {
    ...leases,
    keeps: 'only what is named is given back',
    from: "    .where('leaseOwner', '=', owner)\n    .where(among(dialect, sql`id`, ids)),\n",
    to: "    .where('leaseOwner', '=', owner),\n",
    named: 'release gives back',
  },
  {
    ...held,
    keeps: 'several batches of a run are held',
    from: 'runs.get(runId) ?? new Map<string, Held>();',
    to: 'new Map<string, Held>();',
    named: 'batches are held',
  },
  {
    ...held,
    keeps: 'the run that has been silent for longest is forgotten first',
    from: '      runs.delete(runId);\n      runs.set(runId, held);\n',
    to: '      runs.set(runId, held);\n',
    named: 'become too many',
  },
  {
    ...text,
    keeps: 'reports that were kept in the earlier form are read',
    from: '  if (Array.isArray(kept)) return columnsOf(kept);\n',
    to: '',
    named: 'a batch says the same',
  },
];
