/** Everything about what runs report: taking it, who may send it, and showing it. */

import { createTaskActions, type TaskDeps } from '../runs/tasks.ts';
import { createRunTokenActions, type RunTokenDeps } from './run-tokens.ts';
import { createTraceActions, type TraceDeps } from './trace.ts';

export const createReportActions = (deps: TraceDeps & RunTokenDeps & TaskDeps) => ({
  trace: createTraceActions(deps),
  runTokens: createRunTokenActions(deps),
  tasks: createTaskActions(deps),
});
