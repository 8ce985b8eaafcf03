/** Runs: lists, searches, names, stars, changes by whom, logs. */
import type { Break } from './break.ts';

export const breaks: readonly Break[] = [
  {
    keeps: 'status: finds that status alone',
    file: 'src/api/handlers/run-search.ts',
    from: "  if (values('status').length > 0) query.statuses",
    to: "  if (values('status').length > 9) query.statuses",
    test: 'src/api/runs.real.test.ts',
    named: 'finds by every keyword',
  },
  {
    keeps: 'before: is a moment',
    file: 'src/api/handlers/run-search.ts',
    from: "query.before = dateOf('before', before);",
    to: "query.after = dateOf('before', before);",
    test: 'src/api/runs.real.test.ts',
    named: 'finds by every keyword',
  },
  {
    keeps: 'a day that no month has is no date',
    file: 'src/api/handlers/run-search.ts',
    from: 'Number.isFinite(time) && isDay',
    to: 'Number.isFinite(time)',
    test: 'src/api/runs.real.test.ts',
    named: 'finds by every keyword',
  },
  {
    keeps: 'a session id is found in any case',
    file: 'src/api/handlers/run-search.ts',
    from: 'sessionId.toLowerCase()',
    to: 'sessionId.toUpperCase()',
    test: 'src/api/runs.real.test.ts',
    named: 'finds by every keyword',
  },
  {
    keeps: 'what others have launched takes maintain',
    file: 'src/actions/runs/runs.ts',
    from: "  if (run.userId === caller.userId || scopeAllows(scope, 'workflow_others:write')) return;",
    to: "  if (run.userId === caller.userId || scopeAllows(scope, 'workflow:write')) return;",
    test: 'src/api/runs.real.test.ts',
    named: 'what others have launched',
  },
  {
    keeps: 'a run’s name is taken once in its session',
    file: 'src/actions/runs/runs.ts',
    from: '        if (await tables.runs.nameTaken(run.sessionId, runName))\n',
    to: "        if ((await tables.runs.nameTaken(run.sessionId, runName)) && runName === '')\n",
    test: 'src/api/runs.real.test.ts',
    named: 'change by PATCH',
  },
  {
    keeps: 'a live run is not deleted unless that is forced',
    file: 'src/actions/runs/runs.ts',
    from: '      if (isLive(run.status) && !force) {',
    to: '      if (isLive(run.status) && force) {',
    test: 'src/api/runs.real.test.ts',
    named: 'many are deleted each as if alone',
  },
  {
    keeps: 'of many, each that could not be deleted is told',
    file: 'src/actions/runs/runs.ts',
    from: '          failed.push(id);\n',
    to: '          if (failed.length === 0) failed.push(id);\n',
    test: 'src/api/runs.real.test.ts',
    named: 'many are deleted each as if alone',
  },
];
