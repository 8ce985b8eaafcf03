/** Port: what people may do with pipeline secrets. `src/actions` implements it, see `actions.ts`. */
import type { Caller, WorkspaceScope } from '../caller.ts';
import type { PipelineSecret } from '../pipeline-secrets.ts';

export interface PipelineSecretActions {
  /** By name; never with values. */
  list(caller: Caller, scope: WorkspaceScope): Promise<PipelineSecret[]>;
  describe(caller: Caller, scope: WorkspaceScope, id: number): Promise<PipelineSecret>;
  /** @throws AppError 400 for a name that cannot be, 409 for one that is taken */
  validateName(caller: Caller, scope: WorkspaceScope, name: string): Promise<void>;
  create(
    caller: Caller,
    scope: WorkspaceScope,
    input: { name: string; value: string },
  ): Promise<PipelineSecret>;
  /** Replaces the value; the name stays, pipelines know it. */
  update(caller: Caller, scope: WorkspaceScope, id: number, value: string): Promise<void>;
  /** Destroys the value. Runs that are under way keep what they were launched with. */
  remove(caller: Caller, scope: WorkspaceScope, id: number): Promise<void>;
}
