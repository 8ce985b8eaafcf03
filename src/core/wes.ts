/** GA4GH's Workflow Execution Service: its words for what a run is. */
import { type Run } from './runs.ts';

export const wesStates = [
  'UNKNOWN',
  'QUEUED',
  'INITIALIZING',
  'RUNNING',
  'PAUSED',
  'COMPLETE',
  'EXECUTOR_ERROR',
  'SYSTEM_ERROR',
  'CANCELED',
  'CANCELING',
] as const;
export type WesState = (typeof wesStates)[number];

/** A request as it came, to be given back. */
export interface WesRequest {
  workflowType: string;
  workflowTypeVersion: string;
  engineParameters: Record<string, string>;
  tags: Record<string, string>;
}

/** The pipeline failed by itself where there is an exit status; without one, something around it did. */
export const wesState = ({
  status,
  phase,
  cancelRequestedAt,
  exitStatus,
}: Pick<Run, 'status' | 'phase' | 'cancelRequestedAt' | 'exitStatus'>): WesState => {
  if (phase !== 'done' && cancelRequestedAt !== null) return 'CANCELING';
  switch (status) {
    case 'SUBMITTED':
      return 'QUEUED';
    case 'RUNNING':
      return 'RUNNING';
    case 'SUCCEEDED':
      return 'COMPLETE';
    case 'FAILED':
      return exitStatus === null ? 'SYSTEM_ERROR' : 'EXECUTOR_ERROR';
    case 'CANCELLED':
      return 'CANCELED';
    case 'UNKNOWN':
      return 'UNKNOWN';
  }
};
