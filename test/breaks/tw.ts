/** What `tw` sends and needs, command by command. */
import type { Break } from './break.ts';

const of = (name: string, named: string) => ({
  test: `test/clients/tw/${name}.real.test.ts`,
  named,
});
const environments = 'src/actions/compute-envs/compute-envs.ts';
const credentials = 'src/actions/credentials/credentials.ts';
const wireRuns = 'src/api/wire/runs.ts';

const places: readonly Break[] = [
  {
    ...of('compute-envs', 'add with a managed identity'),
    keeps: 'a platform’s credentials are those of that platform: some clients take the one row they find',
    file: credentials,
    from: 'offset: 0, platform: platformId };',
    to: 'offset: 0 };',
  },
  {
    ...of('compute-envs', 'add with an SSH key of the workspace'),
    keeps: 'keys of a workspace serve every platform',
    file: credentials,
    from: 'return { credentials, identities: (await',
    to: 'return { credentials: [], identities: (await',
  },
  {
    ...of('compute-envs', 'list, and primary get and set'),
    keeps: 'one environment is the primary one',
    file: environments,
    from: 'if (row.primary && row.id !== id) await',
    to: 'if (row.primary && row.id === id) await',
  },
  {
    ...of('compute-envs', 'update sends name and description'),
    keeps: 'a name that is taken is said before anything is sent',
    file: environments,
    from: '    if (!all.some((row) => row.name === name)) return all;\n',
    to: '    if (!all.some((row) => row.id === name)) return all;\n',
  },
  {
    ...of('compute-envs', 'export, then import'),
    keeps: 'the name of a deleted environment is free at once',
    file: 'src/store/compute-envs.ts',
    from: "    .where('status', '<>', 'DELETED')\n",
    to: '',
  },
  {
    ...of('compute-envs', 'validate: empty body'),
    keeps: 'a network that fails takes nothing away from an environment',
    file: 'src/actions/compute-envs/check-compute-env.ts',
    from: "(transient && (abandoned || present.status !== 'CREATING'))",
    to: '(transient && abandoned)',
  },
  {
    ...of('compute-envs', 'delete --wait'),
    keeps: 'an environment that was deleted can be asked for',
    file: environments,
    from: 'if (!environment || !liesWithin',
    to: "if (!environment || environment.status === 'DELETED' || !liesWithin",
  },
  {
    ...of('compute-envs', 'with live runs is not deleted'),
    keeps: 'an environment with live runs is not deleted unasked',
    file: environments,
    from: 'if (live.length > 0 && !how.force) {',
    to: 'if (live.length > 0 && how.force) {',
  },
  {
    ...of('workspace', 'credentials: add, list'),
    keeps: 'keys of other kinds are refused in plain words',
    file: 'src/contract/credentials.ts',
    from: "  provider: z.literal('ssh', 'must be ssh: this service keeps SSH keys alone'),\n  keys: optional(sshKeys),",
    to: '  provider: z.string(),\n  keys: optional(sshKeys.extend({ discriminator: optional(text(20)) })),',
  },
  {
    ...of('workspace', 'labels: list of each type'),
    keeps: 'labels are listed by their type',
    file: 'src/actions/pipelines/labels.ts',
    from: "type === 'all' ? undefined : type === 'resource'",
    to: 'undefined',
  },
  {
    ...of('workspace', 'secrets: add, list'),
    keeps: 'a secret is known by its name',
    file: 'src/api/handlers/pipeline-secrets.ts',
    from: 'pipelineSecret: wireSecret(await actions.describe(caller, scope, params.secretId)),',
    to: "pipelineSecret: { ...wireSecret(await actions.describe(caller, scope, params.secretId)), name: '' },",
  },
  {
    ...of('workspace', 'datasets: add, list'),
    keeps: 'a client finds the newest version of a dataset first',
    file: 'src/store/datasets/versions.ts',
    from: ".orderBy('datasetVersions.version', 'desc');",
    to: ".orderBy('datasetVersions.version');",
  },
];

const people: readonly Break[] = [
  {
    ...of('people', 'organizations: add'),
    keeps: 'a changed organisation is as it was sent',
    file: 'src/actions/people/organisations.ts',
    from: '      await tables.organisations.update(id, patch);\n',
    to: '      await tables.organisations.update(id, { name: before.name });\n',
  },
  {
    ...of('people', 'an exact name is one row'),
    keeps: 'an exact name is one member: some clients take the first',
    file: 'src/store/people/members.ts',
    from: '      if (!exact) return paged(matching, query);\n',
    to: '      if (!exact || term) return paged(matching, query);\n',
  },
  {
    ...of('people', 'teams: add'),
    keeps: 'a list of teams without a page is whole',
    file: 'src/store/people/teams.ts',
    from: 'page = { max: Number.MAX_SAFE_INTEGER, offset: 0 }',
    to: 'page = { max: 20, offset: 0 }',
  },
  {
    ...of('people', 'workspaces: add after asking'),
    keeps: 'a taken name of a workspace is said when it is asked for',
    file: 'src/actions/people/workspaces.ts',
    from: 'if (await store.workspaces.findByName(scope.organisationId, name))',
    to: 'if (await store.workspaces.findByName(0, name))',
  },
  {
    ...of('people', 'the first row of a search'),
    keeps: 'the first participant of a search is the one that is meant',
    file: 'src/store/people/participants.ts',
    from: '        if (exact) return { rows',
    to: '        if (exact && page.max === 0) return { rows',
  },
  {
    ...of('people', 'a team'),
    keeps: 'a team among participants is called one',
    file: 'src/api/wire/people.ts',
    from: "type: row.teamId !== null ? 'TEAM' : row",
    to: "type: row.memberId !== null && row.teamId !== null ? 'TEAM' : row",
  },
];

const runs: readonly Break[] = [
  {
    ...of('pipelines', 'add, list, view'),
    keeps: 'a pipeline that was deleted is gone',
    file: 'src/actions/pipelines/pipelines.ts',
    from: '        await tables.pipelines.remove(id);\n',
    to: '',
  },
  {
    ...of('pipelines', 'export, then import'),
    keeps: 'what was exported stays as it was, whatever number is carried',
    file: 'src/contract/pipelines/pipelines.ts',
    from: '({ runName, resume, sessionId, labelIds: _, id, ...saved })',
    to: '({ runName, resume, sessionId, labelIds: _, computeEnvId, ...saved })',
  },
  {
    ...of('pipelines', 'runs dump'),
    keeps: 'the launch of a run is found by what the run says of it',
    file: wireRuns,
    from: '    launchId: run.id,\n',
    to: '    launchId: run.sessionId,\n',
  },
  {
    ...of('look-up', 'a slash at the end'),
    keeps: 'an endpoint may be written with a slash at its end',
    file: 'src/api/server.ts',
    from: "    rewriteUrl: ({ url = '/' }) => url.replace(/^\\/api\\/{2,}/, '/api/'),\n",
    to: '',
  },
  {
    ...of('runs', 'launch URL'),
    keeps: 'parameters are launched with as they were typed',
    file: 'src/actions/launch/launch.ts',
    from: '    labelIds: _labels,\n    ...request\n',
    to: '    labelIds: _labels,\n    paramsText: _params,\n    ...request\n',
  },
  {
    ...of('runs', 'still SUBMITTED is whole'),
    keeps: 'a run has its command line from the first moment',
    file: wireRuns,
    from: 'facts.commandLine ?? told.commandLine ?? `nextflow run ${asked.pipeline}`',
    to: 'facts.commandLine ?? told.commandLine',
  },
  {
    ...of('runs', 'tasks, one task'),
    keeps: 'a task is known by its number',
    file: 'src/api/wire/tasks.ts',
    from: '    id: taskId,\n',
    to: '    id: taskId + 1,\n',
  },
  {
    ...of('runs', 'download: raw bytes'),
    keeps: 'a file is answered as one, whatever a client says it accepts',
    file: 'src/api/send-file.ts',
    from: '    .type(file.contentType)\n',
    to: "    .type('application/json')\n",
  },
  {
    ...of('runs', 'list with search and labels'),
    keeps: 'runs are found by their status',
    file: 'src/api/handlers/run-search.ts',
    from: "  if (values('status').length > 0) query.statuses = values('status').map(statusOf);\n",
    to: '',
  },
  {
    ...of('runs', 'labels are put on a run'),
    keeps: 'labels that were put on a run are shown on it',
    file: 'src/actions/runs/runs.ts',
    from: "labels: (await store.labels.of('run', [run.id])).get(run.id) ?? [],",
    to: 'labels: [],',
  },
  {
    ...of('runs', 'goes on from the same session'),
    keeps: 'a relaunch goes on at the same commit',
    file: wireRuns,
    from: '  resumeCommitId: run.facts.commitId,\n',
    to: '',
  },
  {
    ...of('runs', 'never had a commit'),
    keeps: 'a run that never had a commit is not gone on with',
    file: wireRuns,
    from: '  resumeCommitId: run.facts.commitId,\n',
    to: "  resumeCommitId: run.facts.commitId ?? 'HEAD',\n",
  },
];

export const breaks: readonly Break[] = [...places, ...people, ...runs];
