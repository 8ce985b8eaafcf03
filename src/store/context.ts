/** A context: a workspace, or what a person has outside of all workspaces. */
import { type RawBuilder, type SqlBool, sql } from 'kysely';

/** For tables with `workspaceId` and `userId`; `table` where others of the query have them too. */
export const inContext = (
  {
    workspaceId,
    userId,
  }: {
    workspaceId: number | null;
    userId: number;
  },
  table?: string,
): RawBuilder<SqlBool> => {
  const column = (name: string) => sql.ref(table === undefined ? name : `${table}.${name}`);
  return workspaceId === null
    ? sql`${column('workspaceId')} is null and ${column('userId')} = ${userId}`
    : sql`${column('workspaceId')} = ${workspaceId}`;
};
