/** Queries that grow with the installation go along indexes. */
import type { Break } from './break.ts';

const plans = 'src/store/query-plans.test.ts';

export const breaks: readonly Break[] = [
  {
    keeps: 'leasing walks along an index',
    file: 'src/store/leases.ts',
    from: '    .orderBy(due)\n',
    to: "    .orderBy('dueAt')\n",
    test: plans,
    named: 'leasing walks',
  },
  {
    keeps: 'the audit log is read along an index',
    file: 'src/store/audit.ts',
    from: "query.orderBy('timestamp', 'desc').orderBy('id', 'desc').limit(max);",
    to: "query.orderBy('timestamp', 'desc').orderBy('event').limit(max);",
    test: plans,
    named: 'the audit log is read',
  },
  {
    keeps: 'the list of credentials is read along indexes',
    file: 'src/store/credential-rows.ts',
    from: "          .whereRef('credential.userNameFolded', '=', 'members.userNameFolded')\n",
    to: '',
    test: plans,
    named: 'the list of credentials',
  },
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
  {
    keeps: 'what a user may do is read along an index',
    file: 'src/store/migrations/0001-foundation.ts',
    from: "  'create index members_of_user on members (user_id)',\n",
    to: '',
    test: plans,
    named: 'what a user may do',
  },
];
