/** Runs as GA4GH's clients know them. */
import type { AnswerBody } from '#contract/route.ts';
import type { wesDescribeRun, wesDescribeTask, wesListRuns, wesServiceInfo } from '#contract/wes.ts';
import { engineParameters } from '#contract/wes.ts';
import type { RunDetails } from '#core/ports/run-actions.ts';
import type { RunCount } from '#core/ports/store.ts';
import type { Run } from '#core/runs.ts';
import type { TaskRecord } from '#core/tasks.ts';
import { wesState } from '#core/wes.ts';
import type { ApiSettings } from '../actions.ts';
import { iso, isoOrAbsent } from './dates.ts';

const root = '/ga4gh/wes/v1';

export const wireWesStatus = (run: Run): AnswerBody<typeof wesListRuns>['runs'][number] => ({
  run_id: run.id,
  state: wesState(run),
});

/** What a run that came another way would have asked for. */
const requestOf = ({
  launch,
  computeEnvId,
  workspaceId,
}: Run): AnswerBody<typeof wesDescribeRun>['request'] => ({
  workflow_url: launch.pipeline,
  workflow_params: launch.paramsText ?? '{}',
  workflow_type: launch.wes?.workflowType ?? 'NFL',
  workflow_type_version: launch.wes?.workflowTypeVersion ?? 'DSL2',
  workflow_engine_parameters: launch.wes?.engineParameters ?? {
    computeEnvId,
    ...(workspaceId !== null && { workspaceId: String(workspaceId) }),
    ...(launch.revision !== undefined && { revision: launch.revision }),
  },
  tags: launch.wes?.tags ?? {},
});

/** Where a file of a run is read: with the same token, at the service's own address. */
const fileOf = ({ publicUrl }: ApiSettings, run: Run, name: string, taskId?: number): string =>
  `${publicUrl}/api/workflow/${run.id}/download${taskId === undefined ? '' : `/${taskId}`}?fileName=${name}`;

export const wireWesTask = (
  settings: ApiSettings,
  run: Run,
  { taskId, name, script, start, complete, exit }: TaskRecord,
): AnswerBody<typeof wesDescribeTask> => ({
  id: String(taskId),
  name: name ?? `task ${taskId}`,
  cmd: script === null ? [] : [script],
  start_time: isoOrAbsent(start),
  end_time: isoOrAbsent(complete),
  stdout: fileOf(settings, run, '.command.out', taskId),
  stderr: fileOf(settings, run, '.command.err', taskId),
  exit_code: exit ?? undefined,
});

export const wireWesRun = (
  settings: ApiSettings,
  { run }: RunDetails,
  tasks: readonly TaskRecord[],
): AnswerBody<typeof wesDescribeRun> => ({
  ...wireWesStatus(run),
  request: requestOf(run),
  run_log: {
    name: run.runName,
    cmd: [run.facts.commandLine ?? `nextflow run ${run.launch.pipeline}`],
    start_time: iso(run.startedAt ?? run.createdAt),
    end_time: isoOrAbsent(run.completedAt),
    stdout: fileOf(settings, run, `nf-${run.id}.txt`),
    stderr: fileOf(settings, run, `nf-${run.id}.log`),
    exit_code: run.exitStatus ?? undefined,
  },
  task_logs: tasks.map((task) => wireWesTask(settings, run, task)),
  task_logs_url: `${settings.publicUrl}/api${root}/runs/${run.id}/tasks`,
  outputs: {},
});

export const wireWesService = (
  { publicUrl, version }: ApiSettings,
  counts: readonly RunCount[],
): AnswerBody<typeof wesServiceInfo> => {
  const states: Record<string, number> = {};
  for (const { count, ...run } of counts) {
    const state = wesState(run);
    states[state] = (states[state] ?? 0) + count;
  }
  return {
    supported_wes_versions: ['1.0.0', '1.1.0'],
    supported_filesystem_protocols: ['file'],
    workflow_type_versions: { NFL: { workflow_type_version: ['DSL2'] } },
    workflow_engine_versions: { Nextflow: 'as installed on each cluster' },
    default_workflow_engine_parameters: engineParameters.map((name) => ({ name, type: 'string' })),
    system_state_counts: states,
    auth_instructions_url: publicUrl,
    contact_info_url: publicUrl,
    tags: { service: 'Latchkey' },
    id: new URL(publicUrl).hostname.split('.').toReversed().join('.'),
    name: 'Latchkey',
    type: { group: 'org.ga4gh', artifact: 'wes', version: '1.1.0' },
    organization: { name: 'Latchkey', url: publicUrl },
    version,
  };
};

/** Where a page ended, opaque to clients. */
export const pageToken = ({ createdAt, id }: Pick<Run, 'createdAt' | 'id'>): string =>
  Buffer.from(`${createdAt}.${id}`).toString('base64url');

export const readPageToken = (token: string): Pick<Run, 'createdAt' | 'id'> | undefined => {
  const [, createdAt, id] =
    /^(\d{1,15})\.([A-Za-z0-9]{1,64})$/.exec(Buffer.from(token, 'base64url').toString('latin1')) ?? [];
  return createdAt === undefined || id === undefined ? undefined : { createdAt: Number(createdAt), id };
};
