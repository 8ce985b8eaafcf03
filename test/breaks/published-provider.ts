/** What the published Terraform provider sends and needs, resource by resource: other statuses and shapes stop it. */
import type { Break } from './break.ts';

const of = (name: string, named: string) => ({
  test: `test/clients/terraform/${name}.real.test.ts`,
  named,
});
const wire = 'src/api/wire/clusters.ts';

export const breaks: readonly Break[] = [
  {
    ...of('compute-envs', 'create, refresh, update, destroy'),
    keeps: 'texts of an environment come back as they were sent, empty ones too',
    file: 'src/contract/compute-envs.ts',
    from: "  verbatim: [...verbatimConfig, 'description'],\n",
    to: "  verbatim: ['description'],\n",
  },
  {
    ...of('compute-envs', 'refused once and for all'),
    keeps: 'what cannot work is refused with a status that is not sent again',
    file: 'src/actions/compute-envs/compute-env-basis.ts',
    from: 'if (!identity || identity.organisationId !== scope.organisationId) {',
    to: 'if (identity && identity.organisationId !== scope.organisationId) {',
  },
  {
    ...of('compute-envs', 'without a discriminator'),
    keeps: 'settings of LSF are kept on LSF',
    file: 'src/contract/grid-config.ts',
    from: "if (chosen !== 'lsf-platform') for",
    to: "if (chosen !== 'slurm-platform') for",
  },
  {
    ...of('compute-envs', 'managedIdentityId is null'),
    keeps: 'an environment without a managed identity says so',
    file: wire,
    from: 'const idText = (id: number | null): string | null => (id === null ? null : String(id));',
    to: 'const idText = (id: number | null): string | null => String(id ?? 0);',
  },
  {
    ...of('compute-envs', 'seqera_compute_env_enabled'),
    keeps: 'an environment that is disabled is',
    file: 'src/actions/compute-envs/compute-envs.ts',
    from: "status: enabled ? 'AVAILABLE' : 'DISABLED',",
    to: "status: 'AVAILABLE',",
  },
  {
    ...of('credentials', 'seqera_ssh_credential'),
    keeps: 'a deletion is answered with the one status that stops nobody',
    file: 'src/contract/credentials.ts',
    from: 'checked: optional(flag) }),\n  response: { 204: null },',
    to: 'checked: optional(flag) }),\n  response: { 200: null },',
  },
  {
    ...of('credentials', 'keys are described as ssh'),
    keeps: 'of a key nothing is told but its kind',
    file: 'src/api/handlers/workspace.ts',
    from: "keys: { discriminator: 'ssh' as const } }",
    to: 'keys: undefined }',
  },
  {
    ...of('credentials', 'a number of its own choice'),
    keeps: 'a managed identity may be made with a number of one’s own choice',
    file: 'src/contract/identities.ts',
    from: ', ...(meant.id && { id: meant.id })',
    to: '',
  },
  {
    ...of('credentials', 'the documented example'),
    keeps: 'a credential that has vanished is a row without an id',
    file: wire,
    from: 'managedCredentialsId: found === null ? null : member.userId,',
    to: 'managedCredentialsId: member.userId,',
  },
  {
    ...of('workflows', 'launched, read with all'),
    keeps: 'a run says which workspace it is of',
    file: 'src/api/wire/runs.ts',
    from: '  workspaceId: run.workspaceId ?? undefined,\n  workspaceName: workspaceName',
    to: '  workspaceName: workspaceName',
  },
  {
    ...of('workflows', 'pipeline: POST and PUT'),
    keeps: 'a saved launch comes back as it was sent',
    file: 'src/actions/pipelines/saved-launch.ts',
    from: '.filter(([, value]) => value !== undefined);',
    to: '.filter(([, value]) => value !== undefined && value !== false);',
  },
  {
    ...of('workflows', 'labels: POST 200'),
    keeps: 'a changed label is answered with itself',
    file: 'src/contract/pipelines/labels.ts',
    from: '  body: z.object({ name: optional(name), value, isDefault }),\n  response: { 200: label },',
    to: '  body: z.object({ name: optional(name), value, isDefault }),\n  response: { 201: label },',
  },
  {
    ...of('organisations', 'orgs and workspace'),
    keeps: 'a changed workspace is answered with itself as it is now',
    file: 'src/actions/people/workspaces.ts',
    from: '      const after = { ...before, ...patch };\n',
    to: '      const after = { ...patch, ...before };\n',
  },
  {
    ...of('organisations', 'organization_member'),
    keeps: 'a new member is a plain member',
    file: 'src/actions/people/members.ts',
    from: "insertMember(tables, caller, organisationId, user, 'member', clock.now())",
    to: "insertMember(tables, caller, organisationId, user, 'owner', clock.now())",
  },
  {
    ...of('organisations', 'teams, team_member'),
    keeps: 'a new participant may look on',
    file: 'src/actions/people/participants.ts',
    from: "resolveRole(tables, organisationId, 'view')",
    to: "resolveRole(tables, organisationId, 'launch')",
  },
  {
    ...of('organisations', 'custom_role'),
    keeps: 'a role may have a name of several words',
    file: 'src/actions/people/custom-roles.ts',
    from: '[\\p{L}\\p{N} ._-]{0,38}',
    to: '[\\p{L}\\p{N}._-]{0,38}',
  },
  {
    ...of('organisations', 'tokens: the key alone'),
    keeps: 'the newest token is the first of the list',
    file: 'src/store/tokens.ts',
    from: "      .orderBy('createdAt', 'desc')\n      .orderBy('id', 'desc')",
    to: "      .orderBy('createdAt')\n      .orderBy('id')",
  },
];
