/** What Nextflow reports. */
import * as trace from '#contract/trace.ts';
import { schedulerNames } from '#core/platforms.ts';
import type { TracedRun } from '#core/ports/trace-actions.ts';
import { columnsOf } from '#core/report-columns.ts';
import type { Actions } from '../actions.ts';
import { type Binding, bind } from '../exchange.ts';

/** What the client shows or passes on; absent where there is none. */
const metadataOf = ({ run, user, workspace, organisation, computeEnv, labels }: TracedRun) => ({
  userId: run.userId,
  userName: user?.userName ?? '',
  workspaceId: workspace?.id,
  workspaceName: workspace?.name,
  workspaceFullName: workspace?.fullName,
  orgName: organisation?.name,
  computeEnvId: computeEnv?.id,
  computeEnvName: computeEnv?.name,
  computeEnvPlatform: computeEnv && schedulerNames[computeEnv.platform],
  revision: run.facts.revision ?? run.launch.revision,
  commitId: run.facts.commitId,
  labels: labels.map(({ name, value }) => (value === null ? name : `${name}=${value}`)),
});

const taken = (workflowId: string) => ({ status: 'OK' as const, workflowId });

export const traceHandlers = ({ trace: actions }: Pick<Actions, 'trace'>): Binding[] => [
  bind(trace.createTrace, async ({ caller, scope, body }) => {
    const traced = await actions.create(caller, scope, body);
    return { workflowId: traced.run.id, watchUrl: traced.watchUrl, metadata: metadataOf(traced) };
  }),
  bind(trace.updateTraceBegin, async ({ caller, scope, params: { workflowId }, body }) => ({
    ...taken(workflowId),
    watchUrl: await actions.begin(caller, scope, workflowId, body),
  })),
  bind(trace.updateTraceProgress, async ({ caller, scope, params: { workflowId }, body }) => {
    await actions.progress(caller, scope, workflowId, body);
    return taken(workflowId);
  }),
  bind(trace.updateTraceHeartbeat, async ({ caller, scope, params: { workflowId }, body }) => {
    await actions.progress(caller, scope, workflowId, { tasks: columnsOf([]), ...body });
    return { message: 'OK' };
  }),
  bind(trace.updateTraceComplete, async ({ caller, scope, params: { workflowId }, body }) => {
    await actions.complete(caller, scope, workflowId, body);
    return taken(workflowId);
  }),
];
