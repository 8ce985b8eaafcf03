/** Where people watch a run in the console. */
import type { Tables } from '#core/ports/store.ts';
import type { Run } from '#core/runs.ts';

export const watchUrl = async (
  tables: Pick<Tables, 'workspaces' | 'organisations' | 'users'>,
  publicUrl: string,
  run: Pick<Run, 'id' | 'workspaceId' | 'userId'>,
): Promise<string> => {
  const workspace = run.workspaceId === null ? undefined : await tables.workspaces.find(run.workspaceId);
  const organisation = workspace && (await tables.organisations.find(workspace.organisationId));
  const place = organisation
    ? `orgs/${organisation.name}/workspaces/${workspace.name}`
    : `user/${(await tables.users.find(run.userId))?.userName ?? run.userId}`;
  return `${publicUrl}/${place}/watch/${run.id}`;
};
