/** Owners against each other, teams, places that are deleted, labels, pipelines: what people do in an organisation. */
import type { Break } from './break.ts';

const members = { file: 'src/actions/people/members.ts', test: 'src/api/people/members.real.test.ts' };
const places = 'src/api/people/places.real.test.ts';
const removal = 'src/api/people/removal.real.test.ts';
const labels = { file: 'src/actions/pipelines/labels.ts', test: 'src/api/labels.real.test.ts' };
const rules = 'src/api/pipeline-rules.real.test.ts';
const pipelines = 'src/api/pipelines.real.test.ts';

export const breaks: readonly Break[] = [
  {
    ...members,
    keeps: 'a member is in a team once',
    file: 'src/store/people/teams.ts',
    from: '.values({ teamId, memberId, createdAt }).execute(),',
    to: '.values({ teamId, memberId, createdAt }).onConflict((known) => known.doNothing()).execute(),',
    named: 'are made, described, changed, filled',
  },
  {
    ...members,
    keeps: 'who is in no team cannot be taken out of it',
    file: 'src/store/people/teams.ts',
    from: '    return removed !== undefined;',
    to: '    return removed !== null;',
    named: 'are made, described, changed, filled',
  },
  {
    keeps: 'a person goes before a team of that name, and both alone',
    file: 'src/store/people/participants.ts',
    from: "              eb('teams.name', '=', typed),\n",
    to: '',
    test: places,
    named: 'a search puts an exact',
  },
  {
    keeps: 'a role of an organisation is taken once, in any case',
    file: 'src/store/people/custom-roles.ts',
    from: '.values({ ...encode(role), nameFolded: fold(role.name) })',
    to: '.values({ ...encode(role), nameFolded: role.name })',
    test: places,
    named: 'described by names with spaces',
  },
  {
    keeps: 'a role that participants have is not deleted',
    file: 'src/store/people/custom-roles.ts',
    from: '    return rows.map(({ name }) => name);',
    to: '    return rows.slice(rows.length).map(({ name }) => name);',
    test: places,
    named: 'described by names with spaces',
  },
  {
    keeps: 'whoever is removed while they launch leaves nothing running',
    file: 'src/actions/launch/launch.ts',
    from: '  if (workspaceId !== null && !(await tables.members.findByUser(organisationId, caller.userId)))\n',
    to: '  if (workspaceId === null && !(await tables.members.findByUser(organisationId, caller.userId)))\n',
    test: removal,
    named: 'however close the two come',
  },
  {
    ...labels,
    keeps: 'labels are listed by their type',
    from: "type === 'all' ? undefined : type === 'resource';",
    to: "type === 'resource' ? true : undefined;",
    named: 'are made, found, changed',
  },
  {
    ...labels,
    keeps: 'the variables that a label’s value may hold are listed',
    file: 'src/core/labels.ts',
    from: "'sessionId', ",
    to: '',
    named: 'variables that a value may hold',
  },
  {
    ...labels,
    keeps: 'a run has its environment’s resource labels, but for names that were asked for',
    file: 'src/actions/launch/launch.ts',
    from: 'theirs.filter((label) => label.resource && !own.has(label.name))',
    to: 'theirs.filter((label) => label.resource)',
    named: 'a run gets those asked for',
  },
  {
    ...labels,
    keeps: 'a run to which labels are applied has these and no others',
    from: "        if (how === 'apply') await tables.labels.take(kind, things);\n",
    to: '',
    named: 'a run gets those asked for',
  },
  {
    keeps: 'what an update of a pipeline drops is gone',
    file: 'src/actions/pipelines/saved-launch.ts',
    from: 'Object.entries({ ...given, ...kept, pipeline })',
    to: 'Object.entries({ ...before?.launch, ...given, ...kept, pipeline })',
    test: rules,
    named: 'POST 200, PUT 200',
  },
  {
    keeps: 'pipelines are listed in the order that is asked for',
    file: 'src/api/handlers/pipelines.ts',
    from: "MODIFIED: 'updatedAt'",
    to: "MODIFIED: 'createdAt'",
    test: rules,
    named: 'order and pages',
  },
  {
    keeps: 'with the shared key a saved path is read for who launches here',
    file: 'src/actions/pipelines/repositories.ts',
    from: "if (saved && !(saved.isOwn && scopeAllows(scope, 'workflow:execute')))",
    to: 'if (saved && !saved.isOwn)',
    test: rules,
    named: 'a path is read with the shared key',
  },
  {
    keeps: 'with the shared key a path that another workspace saved is not read',
    file: 'src/actions/pipelines/repositories.ts',
    from: "if (saved && !(saved.isOwn && scopeAllows(scope, 'workflow:execute')))",
    to: "if (saved && !scopeAllows(scope, 'workflow:execute'))",
    test: rules,
    named: 'a path is read with the shared key',
  },
  {
    keeps: 'the role launch saves no pipelines',
    file: 'src/core/roles.ts',
    from: "  'pipeline:write': maintainers,",
    to: "  'pipeline:write': launchers,",
    test: rules,
    named: 'roles: all look',
  },
  {
    keeps: 'a pipeline that is deleted is in no list',
    file: 'src/store/pipelines.ts',
    from: "      await db.deleteFrom('pipelines').where('id', '=', id).execute();\n",
    to: "      await db.deleteFrom('pipelines').where('id', '<', id).execute();\n",
    test: pipelines,
    named: 'adds, lists, views and deletes',
  },
  {
    keeps: 'a single piece in quotes is a pipeline’s name',
    file: 'src/api/handlers/pipelines.ts',
    from: '(exact === undefined ? text !== undefined && { search: text } : { name: exact })',
    to: '(text !== undefined && { search: text })',
    test: pipelines,
    named: 'finds one by its name in quotes',
  },
  {
    keeps: 'of pipelines that hold a text the one that is called so comes first',
    file: 'src/store/pipelines.ts',
    from: "          .orderBy(sql`case when ${sql.ref('pipelines.name')} = ${search?.trim()} then 0 else 1 end`);",
    to: ';',
    test: pipelines,
    named: 'the exact one first',
  },
];
