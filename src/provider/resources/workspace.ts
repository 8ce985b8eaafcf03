/** A workspace: what people share environments, keys and runs in. */
import {
  createWorkspace,
  deleteWorkspace,
  describeWorkspace,
  updateWorkspace,
} from '#contract/people/workspaces.ts';
import { type Context, defineResource } from '../resource.ts';
import { choice, number, text, type Values } from '../schema/attribute.ts';
import { name, positive, said } from '../schema/rules.ts';
import { orGone, stillThere } from './gone.ts';

const visibilities = ['PRIVATE', 'SHARED'] as const;

const attributes = {
  org_id: number({
    required: true,
    replaces: true,
    check: positive,
    description: 'Number of the organisation.',
  }),
  name: text({
    required: true,
    check: (value) => name(value) ?? (value.length > 40 ? 'is too long: at most 40 characters' : undefined),
    description: 'Name, unique in the organisation.',
  }),
  full_name: text({
    optional: true,
    computed: true,
    check: said(),
    description: 'Name for people. Default: `name`.',
  }),
  description: text({ optional: true, check: said(), description: 'For people.' }),
  visibility: choice(visibilities, {
    optional: true,
    computed: true,
    default: 'PRIVATE',
    description: 'Who sees it: its participants, or everybody in the organisation.',
  }),
  id: number({ description: 'Number of the workspace.' }),
};

type State = Values<typeof attributes>;

const place = ({ org_id, id }: Pick<State, 'org_id' | 'id'>) => ({
  params: { orgId: org_id ?? 0, workspaceId: id ?? 0 },
});

const read = async (context: Context, state: State): Promise<State | null> => {
  const found = await orGone(context.call(describeWorkspace, place(state)));
  return (
    found && {
      org_id: state.org_id,
      name: found.workspace.name,
      full_name: found.workspace.fullName,
      description: found.workspace.description || null,
      visibility: found.workspace.visibility,
      id: found.workspace.id,
    }
  );
};

const readAgain = async (context: Context, state: State): Promise<State> =>
  stillThere(await read(context, state), 'id', 'workspace');

const bodyOf = (planned: State) => ({
  name: planned.name ?? '',
  ...(planned.full_name !== null && { fullName: planned.full_name }),
  visibility: planned.visibility as (typeof visibilities)[number],
});

export const workspace = defineResource({
  noun: 'workspace',
  section: 'Workspaces',
  version: 1,
  attributes,
  description:
    'A workspace of an organisation. Deleting it deletes its environments and keys; while anything runs in it, that is refused.',
  example: `resource "PREFIX_workspace" "main" {
  org_id     = 1
  name       = "main"
  full_name  = "Main workspace of the lab"
  visibility = "PRIVATE"
}`,
  importKeys: [
    { name: 'id', kind: 'number', required: true },
    { name: 'org_id', kind: 'number', required: true },
  ],
  importExample: '{"id": 0, "org_id": 0}',
  imported: ({ id, org_id }) => ({ id: id as number, org_id: org_id as number }),
  read,
  create: async (context, { planned }) => {
    const { workspace: made } = await context.call(createWorkspace, {
      params: { orgId: planned.org_id ?? 0 },
      body: {
        workspace: {
          ...bodyOf(planned),
          ...(planned.description !== null && { description: planned.description }),
        },
      },
    });
    return readAgain(context, { ...planned, id: made.id });
  },
  update: async (context, { planned, prior }) => {
    await context.call(updateWorkspace, {
      ...place(prior),
      body: { ...bodyOf(planned), description: planned.description ?? '' },
    });
    return readAgain(context, { ...planned, id: prior.id });
  },
  remove: async (context, state) => {
    await orGone(context.call(deleteWorkspace, place(state)));
  },
});
