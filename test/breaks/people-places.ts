/** Owners against each other, teams, places that are deleted, labels, pipelines: what people do in an organisation. */
import type { Break } from './break.ts';

const members = { file: 'src/actions/people/members.ts', test: 'src/api/people/members.real.test.ts' };
const places = 'src/api/people/places.real.test.ts';

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
];
