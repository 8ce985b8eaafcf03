/** Port: how pipeline secrets are kept. */
import type { PipelineSecret } from '../pipeline-secrets.ts';
import type { Unnumbered } from './paging.ts';

export interface PipelineSecretStore {
  insert(secret: Unnumbered<PipelineSecret>): Promise<PipelineSecret>;
  find(id: number): Promise<PipelineSecret | undefined>;
  /** Of a workspace, or (workspaceId null) of a person; by name. */
  list(context: { workspaceId: number | null; userId: number }): Promise<PipelineSecret[]>;
  update(id: number, patch: Pick<PipelineSecret, 'valueVersion' | 'updatedAt'>): Promise<void>;
  touch(ids: readonly number[], lastUsedAt: number): Promise<void>;
  remove(id: number): Promise<void>;
}
