/** A context: a workspace, or what a person has outside of all workspaces. */
import { type RawBuilder, type SqlBool, sql } from 'kysely';

/** For tables with `workspaceId` and `userId`. */
export const inContext = ({
  workspaceId,
  userId,
}: {
  workspaceId: number | null;
  userId: number;
}): RawBuilder<SqlBool> =>
  workspaceId === null
    ? sql`${sql.ref('workspaceId')} is null and ${sql.ref('userId')} = ${userId}`
    : sql`${sql.ref('workspaceId')} = ${workspaceId}`;
