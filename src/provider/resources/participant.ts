/** Somebody, or a team, in a workspace with a role. */
import { allPages } from '#client/pages.ts';
import {
  addParticipant,
  listParticipants,
  removeParticipant,
  setParticipantRole,
} from '#contract/people/participants.ts';
import { parseWorkspaceRole } from '#core/roles.ts';
import { AtPlace, clash } from '../diagnostics.ts';
import { type Context, defineResource } from '../resource.ts';
import { number, text, type Values } from '../schema/attribute.ts';
import { positive, said } from '../schema/rules.ts';
import { isGiven } from '../values/value.ts';
import { given } from './given.ts';
import { orGone, stillThere } from './gone.ts';

const attributes = {
  org_id: number({
    required: true,
    replaces: true,
    check: positive,
    description: 'Number of the organisation.',
  }),
  workspace_id: number({
    required: true,
    replaces: true,
    check: positive,
    description: 'Number of the workspace.',
  }),
  user: text({
    optional: true,
    replaces: true,
    check: said(),
    description:
      'User name or e-mail address. Who has an account and is no member of the organisation becomes a collaborator. Either this, `member_id` or `team_id`.',
  }),
  member_id: number({
    optional: true,
    computed: true,
    replaces: true,
    check: positive,
    description: 'Number of a membership in the organisation.',
  }),
  team_id: number({
    optional: true,
    replaces: true,
    check: positive,
    description: 'Number of a team: everybody in it gets the role.',
  }),
  role: text({
    optional: true,
    computed: true,
    default: 'view',
    check: (value) => {
      const known = parseWorkspaceRole(value);
      return known && known !== value ? `must be in lower case: "${known}"` : said()(value);
    },
    description:
      'Role in the workspace: `owner`, `admin`, `maintain`, `launch`, `connect`, `view`, or one that the organisation has made. Default: `view`.',
  }),
  participant_id: number({ description: 'Number of the participation.' }),
  user_name: text({ description: 'User name; null for a team.' }),
  email: text({ description: 'E-mail address; null for a team.' }),
  first_name: text({ description: 'First name.' }),
  last_name: text({ description: 'Last name.' }),
  team_name: text({ description: 'Name of the team; otherwise null.' }),
};

type State = Values<typeof attributes>;
type Row = Awaited<ReturnType<typeof findAll>>[number];

const workspaceOf = ({ org_id, workspace_id }: Pick<State, 'org_id' | 'workspace_id'>) => ({
  orgId: org_id ?? 0,
  workspaceId: workspace_id ?? 0,
});

/** One exact name is enough where it is known; else all are looked through. */
const findAll = (context: Context, state: State, search: string | null) =>
  allPages(async (page) => {
    const { participants: rows, totalSize } = await context.call(listParticipants, {
      params: workspaceOf(state),
      query: { ...page, ...(search !== null && { search }) },
    });
    return { rows, totalSize };
  });

const isMeant =
  ({ participant_id, member_id, team_id, user }: State) =>
  (row: Row): boolean => {
    if (participant_id !== null) return row.participantId === participant_id;
    if (team_id !== null) return row.teamId === team_id;
    if (member_id !== null) return row.memberId === member_id;
    return [row.userName, row.email].some((one) => one?.toLowerCase() === user?.toLowerCase());
  };

const read = async (context: Context, state: State): Promise<State | null> => {
  const rows = await orGone(findAll(context, state, state.user ?? state.user_name));
  const found = rows?.find(isMeant(state));
  if (!found) return null;
  return {
    org_id: state.org_id,
    workspace_id: state.workspace_id,
    user: state.user,
    member_id: found.memberId ?? null,
    team_id: found.teamId ?? null,
    role: found.wspRole,
    participant_id: found.participantId,
    user_name: found.userName ?? null,
    email: found.email ?? null,
    first_name: found.firstName ?? null,
    last_name: found.lastName ?? null,
    team_name: found.teamName ?? null,
  };
};

const readAgain = async (context: Context, state: State): Promise<State> =>
  stillThere(await read(context, state), 'participant_id', 'participant');

const place = (state: Pick<State, 'org_id' | 'workspace_id' | 'participant_id'>) => ({
  params: { ...workspaceOf(state), participantId: state.participant_id ?? 0 },
});

export const participant = defineResource({
  noun: 'participant',
  section: 'Workspaces',
  version: 1,
  movesFrom: ['workspace_participant'],
  attributes,
  description:
    'A participant of a workspace: a member of the organisation, somebody else with an account, or a team.',
  example: `resource "PREFIX_participant" "alice" {
  org_id       = 1
  workspace_id = PREFIX_workspace.main.id
  user         = "alice@example.org"
  role         = "launch"
}`,
  places: { userNameOrEmail: ['user'] },
  scope: [['workspace_id']],
  importKeys: [
    { name: 'org_id', kind: 'number', required: true },
    { name: 'workspace_id', kind: 'number', required: true },
    { name: 'user', kind: 'text', required: false },
    { name: 'member_id', kind: 'number', required: false },
    { name: 'team_id', kind: 'number', required: false },
  ],
  importExample: '{"org_id": 0, "workspace_id": 0, "user": "alice@example.org"}',
  imported: ({ org_id, workspace_id, user, member_id, team_id }) => {
    if (!user && !member_id && !team_id)
      throw new AtPlace([], 'The import id names nobody: give "user", "member_id" or "team_id"');
    return {
      org_id: org_id as number,
      workspace_id: workspace_id as number,
      user: (user ?? null) as string | null,
      member_id: (member_id ?? null) as number | null,
      team_id: (team_id ?? null) as number | null,
    };
  },
  check: (config) => {
    const named = ['user', 'member_id', 'team_id'].filter((key) => isGiven(config[key]));
    if (named.length === 0) return [clash(['user'], 'name somebody: user, member_id or team_id')];
    return named.length > 1 ? [clash(['user'], `give one of ${named.join(', ')}, not all`)] : [];
  },
  upgrade: (state) => ({ ...state, user: state['user'] ?? state['email'] ?? null }),
  plan: ({ config, planned, prior }) => {
    // A team has no membership; nobody will ever tell one.
    if (!prior && isGiven(config['team_id'])) planned['member_id'] = null;
  },
  read,
  create: async (context, { config, planned }) => {
    const { participant: added } = await context.call(addParticipant, {
      params: workspaceOf(planned),
      body: given({
        userNameOrEmail: config.user,
        memberId: config.member_id,
        teamId: config.team_id,
      }),
    });
    const state = { ...planned, participant_id: added.participantId };
    if (planned.role !== null && planned.role !== added.wspRole)
      try {
        await context.call(setParticipantRole, { ...place(state), body: { role: planned.role } });
      } catch (error) {
        // With another role than the one that was asked for they are not what was asked for.
        await context.call(removeParticipant, place(state));
        throw error;
      }
    return readAgain(context, state);
  },
  update: async (context, { planned, prior }) => {
    await context.call(setParticipantRole, { ...place(prior), body: { role: planned.role ?? 'view' } });
    return readAgain(context, { ...planned, participant_id: prior.participant_id });
  },
  remove: async (context, state) => {
    await orGone(context.call(removeParticipant, place(state)));
  },
});
