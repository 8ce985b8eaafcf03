/** GA4GH WES: the same runs in another form. */
import type { Break } from './break.ts';

export const breaks: readonly Break[] = [
  {
    keeps: 'the workspace of the parameters and of the address are the same',
    file: 'src/api/handlers/wes.ts',
    from: '    if (workspaceId !== undefined && query.workspaceId !== undefined && workspaceId !== query.workspaceId)\n',
    to: '    if (workspaceId !== undefined && workspaceId === -1)\n',
    test: 'src/api/bad-input.real.test.ts',
    named: 'what comes as JSON within',
  },
  {
    keeps: 'what comes as JSON within a text is looked at as well',
    file: 'src/contract/wes.ts',
    from: 'unfitIn(typed) === undefined',
    to: 'typed !== null',
    test: 'src/api/bad-input.real.test.ts',
    named: 'what comes as JSON within',
  },
];
