/** What the API answers to whom: the audit log, runs, tokens, sign-in, reports, clients' ways to ask. */
import type { Break } from './break.ts';

const audit = { test: 'src/api/audit-logs.real.test.ts' };
const clients = { test: 'src/api/clients.real.test.ts' };
const runs = { test: 'src/api/runs.real.test.ts' };
const hand = { test: 'src/api/trace-runs.real.test.ts' };

export const breaks: readonly Break[] = [
  {
    ...audit,
    keeps: 'a record of the audit log names the token that was used',
    file: 'src/actions/audit.ts',
    from: 'accessTokenId: caller.tokenId }',
    to: 'accessTokenId: null }',
    named: 'a record says who',
  },
  {
    ...audit,
    keeps: 'the file of the audit log is sent while it is read',
    file: 'src/actions/audit-log/csv.ts',
    from: '  for await (const rows of pages)\n',
    to: '  for (const rows of await Array.fromAsync(pages))\n',
    named: 'before its end is read',
  },
  {
    ...clients,
    keeps: 'an exact name finds one participant',
    file: 'src/store/people/participants.ts',
    from: '        if (exact) return {',
    to: '        if (exact && page.max === 1) return {',
    named: 'finds exactly one row',
  },
  {
    ...runs,
    keeps: 'a page of runs knows whether there are more',
    file: 'src/actions/runs/runs.ts',
    from: 'max: includeTotalSize ? max : max + 1,',
    to: 'max,',
    named: 'comes in pages',
  },
  {
    ...runs,
    keeps: 'a session of others is as one that does not exist',
    file: 'src/actions/runs/run-names.ts',
    from: '      if (isAppError(error)) return;\n      throw error;\n',
    to: '      if (!isAppError(error)) throw error;\n',
    named: 'are made up, checked',
  },
  {
    ...hand,
    keeps: 'a run started by hand is stopped where it runs',
    file: 'src/actions/runs/runs.ts',
    from: "        if (run.phase === 'report')\n          throw conflict(",
    to: "        if (run.phase === 'done')\n          throw conflict(",
    named: 'cannot be stopped or resumed',
  },
];
