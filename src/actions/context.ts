/** A workspace or somebody's personal context: which records belong to it. One check for every kind of record. */
import type { Caller, WorkspaceScope } from '#core/caller.ts';

/** As the stores ask for it. */
export const contextOf = (caller: Caller, scope: WorkspaceScope) => ({
  workspaceId: scope.workspaceId,
  userId: caller.userId,
});

/** Does a record lie within these walls? In a personal context only the caller's own do. */
export const liesWithin = (
  caller: Caller,
  scope: WorkspaceScope,
  record: { workspaceId: number | null; userId: number },
): boolean =>
  record.workspaceId === scope.workspaceId && (scope.workspaceId !== null || record.userId === caller.userId);
