/** Somebody with an account on the server, as member of an organisation. */
import {
  addMember,
  listCollaborators,
  listMembers,
  removeMember,
  setMemberRole,
} from '#contract/people/members.ts';
import { type OrganisationRole, organisationRoles } from '#core/roles.ts';
import { type Context, defineResource } from '../resource.ts';
import { choice, number, text, type Values } from '../schema/attribute.ts';
import { positive, said } from '../schema/rules.ts';
import { orGone, stillThere } from './gone.ts';

const attributes = {
  org_id: number({
    required: true,
    replaces: true,
    check: positive,
    description: 'Number of the organisation.',
  }),
  user: text({
    required: true,
    replaces: true,
    check: said(),
    description: 'User name or e-mail address of somebody who has an account on the server.',
  }),
  role: choice(organisationRoles, {
    optional: true,
    computed: true,
    default: 'member',
    description: 'Role in the organisation.',
  }),
  member_id: number({ description: 'Number of the membership.' }),
  user_id: number({ description: 'User number, as `managed_credentials` takes it.' }),
  user_name: text({ description: 'User name.' }),
  email: text({ description: 'E-mail address.' }),
  first_name: text({ description: 'First name.' }),
  last_name: text({ description: 'Last name.' }),
};

type State = Values<typeof attributes>;

/** Exact user names and addresses find one alone; collaborators are listed apart. */
const find = async (
  context: Context,
  { org_id, user, member_id }: Pick<State, 'org_id' | 'user' | 'member_id'>,
) => {
  const request = { params: { orgId: org_id ?? 0 }, query: { search: user ?? '', max: 100 } };
  const wanted = user?.toLowerCase();
  for (const list of [listMembers, listCollaborators]) {
    const { members } = await context.call(list, request);
    const found = members.find((row) =>
      member_id === null
        ? [row.userName.toLowerCase(), row.email.toLowerCase()].includes(wanted ?? '')
        : row.memberId === member_id,
    );
    if (found) return found;
  }
  return undefined;
};

const read = async (context: Context, state: State): Promise<State | null> => {
  const found = await orGone(find(context, state));
  if (!found) return null;
  return {
    org_id: state.org_id,
    user: state.user,
    role: found.role,
    member_id: found.memberId,
    user_id: found.userId,
    user_name: found.userName,
    email: found.email,
    first_name: found.firstName ?? null,
    last_name: found.lastName ?? null,
  };
};

const readAgain = async (context: Context, state: State): Promise<State> =>
  stillThere(await read(context, state), 'user', 'member');

const place = ({ org_id, member_id }: Pick<State, 'org_id' | 'member_id'>) => ({
  params: { orgId: org_id ?? 0, memberId: member_id ?? 0 },
});

export const member = defineResource({
  noun: 'member',
  section: 'People',
  version: 1,
  movesFrom: ['organization_member'],
  attributes,
  description:
    'A member of an organisation. Whoever is added must have an account on the server. Removing a member ends their rights, their workspaces and their keys at once, and stops what runs for them.',
  example: `resource "PREFIX_member" "alice" {
  org_id = 1
  user   = "alice@example.org"
}`,
  scope: [['org_id']],
  importKeys: [
    { name: 'org_id', kind: 'number', required: true },
    { name: 'user', kind: 'text', required: true },
  ],
  importExample: '{"org_id": 0, "user": "alice@example.org"}',
  imported: ({ org_id, user }) => ({ org_id: org_id as number, user: user as string }),
  upgrade: (state) => ({ ...state, user: state['user'] ?? state['email'] ?? null }),
  read,
  create: async (context, { planned }) => {
    const { member: added } = await context.call(addMember, {
      params: { orgId: planned.org_id ?? 0 },
      body: { user: planned.user ?? '' },
    });
    const state = { ...planned, member_id: added.memberId };
    if (planned.role !== null && planned.role !== added.role)
      try {
        await context.call(setMemberRole, {
          ...place(state),
          body: { role: planned.role },
        });
      } catch (error) {
        // With another role than the one that was asked for they are not what was asked for.
        await context.call(removeMember, place(state));
        throw error;
      }
    return readAgain(context, state);
  },
  update: async (context, { planned, prior }) => {
    await context.call(setMemberRole, { ...place(prior), body: { role: planned.role as OrganisationRole } });
    return readAgain(context, { ...planned, member_id: prior.member_id });
  },
  remove: async (context, state) => {
    await orGone(context.call(removeMember, place(state)));
  },
});
