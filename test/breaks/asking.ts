/** What the API answers to whom: the audit log, runs, tokens, sign-in, reports, clients' ways to ask. */
import type { Break } from './break.ts';

const clients = { test: 'src/api/clients.real.test.ts' };

export const breaks: readonly Break[] = [
  {
    ...clients,
    keeps: 'an exact name finds one participant',
    file: 'src/store/people/participants.ts',
    from: '        if (exact) return {',
    to: '        if (exact && page.max === 1) return {',
    named: 'finds exactly one row',
  },
];
