/** Port: what Nextflow reports over HTTP. `src/actions` implements it, the handlers of `src/api` call it. */
import type { Caller, WorkspaceScope } from '../caller.ts';
import type { ComputeEnv } from '../clusters.ts';
import type { Label } from '../labels.ts';
import type { ProcessMetrics } from '../metrics.ts';
import type { Organisation, User, Workspace } from '../people.ts';
import type { ReportedProgress } from '../progress.ts';
import type { ReportColumns } from '../report-columns.ts';
import type { ReportedWorkflow } from '../reports.ts';
import type { Run } from '../runs.ts';

export interface TraceStart {
  /** The run that was launched here; null: started by hand. */
  workflowId: string | null;
  sessionId: string | null;
  runName: string | null;
  projectName: string | null;
  repository: string | null;
}

export interface TracedRun {
  run: Run;
  /** Where people watch it. */
  watchUrl: string;
  user: User | undefined;
  workspace: Workspace | undefined;
  organisation: Organisation | undefined;
  computeEnv: ComputeEnv | undefined;
  labels: Label[];
}

export interface TraceActions {
  /** @throws AppError 403 for the run of somebody else, 409 for one that is over */
  create(caller: Caller, scope: WorkspaceScope, start: TraceStart): Promise<TracedRun>;
  /** @returns where people watch it */
  begin(
    caller: Caller,
    scope: WorkspaceScope,
    runId: string,
    told: { workflow: ReportedWorkflow | null; processNames: string[] },
  ): Promise<string>;
  /** Tasks that have changed; without any: the run is alive. */
  progress(
    caller: Caller,
    scope: WorkspaceScope,
    runId: string,
    told: { tasks: ReportColumns; counted: ReportedProgress | undefined },
  ): Promise<void>;
  complete(
    caller: Caller,
    scope: WorkspaceScope,
    runId: string,
    told: {
      workflow: ReportedWorkflow | null;
      metrics: ProcessMetrics[] | null;
      counted: ReportedProgress | undefined;
    },
  ): Promise<void>;
}
