/** People, their tokens and sessions, labels and pipelines as they are kept, on both databases. */
import type { Break } from './break.ts';

const people = 'src/store/people/people.real.test.ts';
const users = { file: 'src/store/people/users.ts', test: people };
const members = { file: 'src/store/people/members.ts', test: people };
const signIn = 'src/store/sign-in.real.test.ts';

export const breaks: readonly Break[] = [
  {
    ...users,
    keeps: 'an e-mail address is found in any case',
    from: "present(db).where('emailFolded', '=', fold(nameOrEmail)).executeTakeFirst(),",
    to: "present(db).where('email', '=', nameOrEmail).executeTakeFirst(),",
    named: 'are found by number',
  },
  {
    ...users,
    keeps: 'a patch that changes nothing is none',
    from: '    if (isEmpty(patch)) return;\n    const folded = {',
    to: '    const folded = {',
    named: 'times keep their milliseconds',
  },
  {
    ...users,
    keeps: 'whose e-mail address is taken is told in a sentence',
    from: "  users_email_folded: taken('email', email),\n",
    to: '',
    named: 'user names and e-mails are unique',
  },
  {
    keeps: 'the name of an organisation is taken once, also when it is changed',
    file: 'src/store/people/organisations.ts',
    from: "      await unique({ organisations_name: taken('name', patch.name) }, () =>\n        db.updateTable('organisations').set(patch).where('id', '=', id).execute(),\n      );",
    to: "      await db.updateTable('organisations').set(patch).where('id', '=', id).execute();",
    test: people,
    named: 'are found and changed; names are unique',
  },
  {
    keeps: 'a user’s organisations come with the oldest membership first',
    file: 'src/store/people/organisations.ts',
    from: "        .orderBy('members.createdAt')\n",
    to: '',
    test: people,
    named: 'oldest membership first',
  },
  {
    ...members,
    keeps: 'members are found in their organisation alone',
    from: "    .select(columns)\n    .where('members.organisationId', '=', organisationId);",
    to: '    .select(columns);',
    named: 'in their organisation alone',
  },
  {
    ...members,
    keeps: 'an exact user name or e-mail gives that row alone',
    from: '      if (!exact) return paged(matching, query);',
    to: '      if (!exact || query.offset === 0) return paged(matching, query);',
    named: 'gives that row alone',
  },
  {
    ...members,
    keeps: 'in searches wildcards mean themselves',
    file: 'src/store/text.ts',
    from: "term.replace(/[\\\\%_]/g, '\\\\$&')",
    to: 'term',
    named: 'wildcards mean themselves',
  },
  {
    ...members,
    keeps: 'names are sorted whatever their case',
    from: "query.orderBy('members.userNameFolded').orderBy('members.userId');",
    to: "query.orderBy('users.userName').orderBy('members.userId');",
    named: 'pages neither overlap nor leave gaps',
  },
  {
    ...members,
    keeps: 'owners are counted, not members',
    from: "        .where('role', '=', 'owner')\n",
    to: '',
    named: 'owners are counted',
  },
  {
    keeps: 'workspaces are listed of their organisation alone',
    file: 'src/store/people/workspaces.ts',
    from: "present.where('organisationId', '=', organisationId).orderBy('name').execute(),",
    to: "present.orderBy('name').execute(),",
    test: people,
    named: 'unique in their organisation alone',
  },
  {
    keeps: 'participants are found in their workspace alone',
    file: 'src/store/people/participants.ts',
    from: "    .select([...columns, roleName])\n    .where('participants.workspaceId', '=', workspaceId);",
    to: '    .select([...columns, roleName]);',
    test: people,
    named: 'participants: found',
  },
  {
    keeps: 'tokens come newest first',
    file: 'src/store/tokens.ts',
    from: "      .orderBy('createdAt', 'desc')\n      .orderBy('id', 'desc')\n",
    to: "      .orderBy('id')\n",
    test: signIn,
    named: 'tokens: newest first',
  },
  {
    keeps: 'sessions that have ended are swept, no others',
    file: 'src/store/sessions.ts',
    from: "where('expiresAt', '<=', now)",
    to: "where('expiresAt', '<', now)",
    test: signIn,
    named: 'sessions: found',
  },
  {
    keeps: 'of one user’s sessions nobody else loses theirs',
    file: 'src/store/sessions.ts',
    from: "await db.deleteFrom('sessions').where('userId', '=', userId).execute();",
    to: "await db.deleteFrom('sessions').where('userId', '>=', userId).execute();",
    test: signIn,
    named: 'removed together',
  },
  {
    keeps: 'a one-time link works once, however many use it at once',
    file: 'src/store/one-time-links.ts',
    from: "      .where('usedAt', 'is', null)\n      .where('expiresAt', '>', now)\n",
    to: "      .where('expiresAt', '>', now)\n",
    test: signIn,
    named: 'works once',
  },
  {
    keeps: 'a one-time link ends with its time',
    file: 'src/store/one-time-links.ts',
    from: "      .where('expiresAt', '>', now)\n",
    to: '',
    test: signIn,
    named: 'an expired link',
  },
];
