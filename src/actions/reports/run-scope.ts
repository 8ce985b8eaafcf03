/** The walls of a run's own token: its run, and nothing else, whatever becomes of the member's roles. */
import type { WorkspaceScope } from '#core/caller.ts';
import { notFound } from '#core/errors.ts';
import type { Tables } from '#core/ports/store.ts';

/** What a request names; either absent: the token's own. */
interface NamedRun {
  workflowId?: string;
  workspaceId?: number;
}

export const createRunScope =
  (store: Pick<Tables, 'runs' | 'workspaces' | 'organisations'>) =>
  /** @throws AppError 404 for another run or workspace */
  async (runId: string, { workflowId, workspaceId }: NamedRun): Promise<WorkspaceScope> => {
    const run = await store.runs.find(runId);
    const asked = workflowId ?? runId;
    if (!run || asked !== runId) throw notFound('workflow', asked);
    if (workspaceId && workspaceId !== run.workspaceId) throw notFound('workspace', workspaceId);
    const place = run.workspaceId === null ? undefined : await store.workspaces.find(run.workspaceId);
    const owner = place && (await store.organisations.find(place.organisationId));
    return {
      kind: 'workspace',
      workspaceId: run.workspaceId,
      workspaceName: place?.name ?? null,
      organisationId: place?.organisationId ?? null,
      organisationName: owner?.name ?? null,
      roles: ['run'],
      permissions: new Set(['workflow:execute']),
    };
  };
