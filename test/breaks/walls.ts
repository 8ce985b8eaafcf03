/** Promise 14 at people, and the stop button of a cluster. */
import type { Break } from './break.ts';

const people = 'src/api/people/walls.real.test.ts';
const stop = { file: 'src/actions/clusters/suspensions.ts', test: 'src/api/suspensions.real.test.ts' };
const access = { file: 'src/actions/access.ts', test: 'src/api/access.real.test.ts' };

export const breaks: readonly Break[] = [
  {
    keeps: 'promise 14: teams of another organisation answer like none',
    file: 'src/store/people/teams.ts',
    from: "    teamRows(db, organisationId).where('teams.id', '=', teamId).executeTakeFirst(),",
    to: "    db.selectFrom('teams').select(columns).select(membersCount).where('teams.id', '=', teamId).executeTakeFirst(),",
    test: people,
    named: 'promise 14',
  },
  {
    keeps: 'promise 14: participants of another workspace answer like none',
    file: 'src/store/people/participants.ts',
    from: "    .select([...columns, roleName])\n    .where('participants.workspaceId', '=', workspaceId);",
    to: '    .select([...columns, roleName]);',
    test: people,
    named: 'promise 14',
  },
  {
    keeps: 'an organisation or workspace 0 in the path is nobody’s, never the first one',
    file: 'src/api/register.ts',
    from: 'inPath: /\\{(orgId|workspaceId)\\}/.test(route.path),',
    to: 'inPath: false,',
    test: people,
    named: 'never means all',
  },
  {
    keeps: 'a user name from the operator follows the rules as well',
    file: 'src/actions/people/renaming.ts',
    from: '    if (wanted.userName !== undefined) checkUserName(wanted.userName);\n',
    to: '',
    test: people,
    named: 'the operator gives another user name',
  },
  {
    keeps: 'lists find people under their new name at once',
    file: 'src/store/people/users.ts',
    from: '      if (!isEmpty(folded)) await renewNameCopies(within, id);\n',
    to: '',
    test: people,
    named: 'the operator gives another user name',
  },
  {
    ...access,
    keeps: 'promise 14: a role counts in its own organisation alone',
    from: 'const membership = mine.find((one) => one.organisation.id === workspace.organisationId);',
    to: 'const membership = mine.at(0);',
    named: 'promise 14',
  },
  {
    ...access,
    keeps: 'promise 14: an id of another organisation answers in the same words as none',
    from: "    if (!found) throw notFound('organisation', orgId ?? 0);",
    to: "    if (!found) throw notFound((await store.organisations.find(orgId ?? 0)) ? 'member' : 'organisation', orgId ?? 0);",
    named: 'promise 14',
  },
  {
    ...access,
    keeps: 'an id beside another workspace is unknown',
    from: 'if (!thing || (workspaceId && workspaceId !== thing.workspaceId)) throw unknown();',
    to: 'if (!thing) throw unknown();',
    named: 'an id beside another workspace',
  },
  {
    ...stop,
    keeps: 'a cluster that is suspended stays suspended as it was, by whom and why',
    from: '        if (present.suspension) return present;\n',
    to: '',
    named: 'again changes nothing',
  },
  {
    ...stop,
    keeps: 'the channels are told of the stop before the answer',
    from: '      // Closed before the answer; a repeat makes sure of it.\n      await sync();\n',
    to: '',
    named: 'again changes nothing',
  },
  {
    ...stop,
    keeps: 'going on offers the refused keys of that cluster again',
    from: "        const keysOfferedAgain = await tables.refusedKeys.forgetCluster(\n          clusterKeyOf({ kind: 'identity', id }),\n        );\n",
    to: '        const keysOfferedAgain = 0;\n',
    named: 'offered again',
  },
  {
    keeps: 'keys of other clusters stay refused when one goes on',
    file: 'src/store/refused-keys.ts',
    from: "      .where('clusterKey', '=', clusterKey)\n",
    to: '',
    test: 'src/api/suspensions.real.test.ts',
    named: 'offered again',
  },
  {
    ...stop,
    keeps: 'while a cluster is suspended a check of an environment says so',
    file: 'src/actions/compute-envs/check-compute-env.ts',
    from: "'budget_exhausted', 'cluster_suspended']);",
    to: "'budget_exhausted']);",
    named: 'while suspended',
  },
  {
    ...stop,
    keeps: 'while a cluster is suspended a key is kept untried',
    file: 'src/actions/credentials/save-credential.ts',
    from: "      if (isAppError(error, 'cluster_suspended')) return { kind: 'unproved', message: error.message };\n",
    to: '',
    named: 'while suspended',
  },
  {
    ...stop,
    keeps: 'what is left out of a new budget is the default again',
    file: 'src/actions/clusters/identities.ts',
    from: '      budget: patch.budget ?? before.budget,\n',
    to: '      budget: { ...before.budget, ...patch.budget },\n',
    named: 'budgets: defaults shown',
  },
];
