/** Queries that grow with the installation go along indexes. */
import type { Break } from './break.ts';

const plans = 'src/store/query-plans.test.ts';

export const breaks: readonly Break[] = [
  {
    keeps: 'members are read along an index',
    file: 'src/store/people/members.ts',
    from: "query.orderBy('members.userNameFolded').orderBy('members.userId');",
    to: "query.orderBy('users.userNameFolded').orderBy('members.userId');",
    test: plans,
    named: 'members of an organisation',
  },
  {
    keeps: 'participants are read along an index',
    file: 'src/store/people/participants.ts',
    from: "    .where('participants.workspaceId', '=', workspaceId);",
    to: '    .where(sql<boolean>`participants.workspace_id + 0 = ${workspaceId}`);',
    test: plans,
    named: 'participants of a workspace',
  },
];
