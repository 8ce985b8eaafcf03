/** People: members, removal (promise 13), leaving, deleting, profiles. */
import type { Break } from './break.ts';

export const breaks: readonly Break[] = [
  {
    keeps: 'the last owner cannot leave or be removed',
    file: 'src/actions/people/removal.ts',
    from: '    await checkNotLastOwner(tables, organisation, member);\n',
    to: '',
    test: 'src/api/people/members.real.test.ts',
    named: 'SQLite.*roles arrive in any case; an owner always remains',
  },
  {
    keeps: 'the last owner stays one',
    file: 'src/actions/people/members.ts',
    from: '      await checkNotLastOwner(tables, organisationOf(scope), member);\n',
    to: '',
    test: 'src/api/people/members.real.test.ts',
    named: 'SQLite.*roles arrive in any case; an owner always remains',
  },
  {
    keeps: 'members who are added have the role member and nothing more',
    file: 'src/actions/people/members.ts',
    from: "user, 'member', clock.now()",
    to: "user, 'owner', clock.now()",
    test: 'src/api/people/members.real.test.ts',
    named: 'SQLite.*are added by name or by e-mail',
  },
  {
    keeps: 'an exact name or e-mail finds one member alone',
    file: 'src/store/people/members.ts',
    from: '      const exact = term ? await exactly(all, term) : undefined;',
    to: "      const exact = term?.includes('@') ? await exactly(all, term) : undefined;",
    test: 'src/api/people/members.real.test.ts',
    named: 'SQLite.*an exact name or e-mail finds one alone',
  },
  {
    keeps: 'a role of others is shown to owners alone',
    file: 'src/actions/people/members.ts',
    from: "    if (userId !== caller.userId && !organisationRoleAllows(scope.role, 'member:write'))\n",
    to: "    if (userId !== caller.userId && !organisationRoleAllows(scope.role, 'member:read'))\n",
    test: 'src/api/people/members.real.test.ts',
    named: 'SQLite.*what a user may do where',
  },
  {
    keeps: 'participants who are added look, and no more',
    file: 'src/actions/people/participants.ts',
    from: "await resolveRole(tables, organisationId, 'view');",
    to: "await resolveRole(tables, organisationId, 'launch');",
    test: 'src/api/people/places.real.test.ts',
    named: 'SQLite.*are added by number, name or e-mail',
  },
  {
    keeps: 'whoever has only an account becomes a collaborator, not a member',
    file: 'src/actions/people/participants.ts',
    from: "user, 'collaborator', clock.now()",
    to: "user, 'member', clock.now()",
    test: 'src/api/people/places.real.test.ts',
    named: 'SQLite.*are added by number, name or e-mail',
  },
  {
    keeps: 'whoever is here through a team or as owner is told so instead of leaving',
    file: 'src/actions/people/participants.ts',
    from: "    if (member.role === 'owner')\n      throw conflict(`${member.userName} is here as owner",
    to: "    if (member.role === 'collaborator')\n      throw conflict(`${member.userName} is here as owner",
    test: 'src/api/people/places.real.test.ts',
    named: 'SQLite.*leave or are taken out',
  },
];
