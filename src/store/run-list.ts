/** The list of runs, and what it can be narrowed by. */
import { type RawBuilder, sql } from 'kysely';
import type { Paged } from '#core/ports/paging.ts';
import type { RunCount, RunQuery } from '#core/ports/store.ts';
import type { Run } from '#core/runs.ts';
import { inContext } from './context.ts';
import { carries } from './labels.ts';
import { paged } from './paging.ts';
import { toRun } from './run-record.ts';
import type { Db, DialectName } from './tables.ts';
import { contains, fold, searchTerm } from './text.ts';

/** A text inside a column that holds JSON. */
const within = (dialect: DialectName, column: 'facts' | 'launch', key: string): RawBuilder<string | null> => {
  const ref = sql.ref(`runs.${column}`);
  return dialect === 'sqlite'
    ? sql`json_extract(${ref}, ${`$.${key}`})`
    : sql`cast(${ref} as json) ->> cast(${key} as text)`;
};

const newestFirst = (db: Db) =>
  db
    .selectFrom('runs')
    .selectAll('runs')
    .where('runs.hiddenAt', 'is', null)
    .orderBy('runs.createdAt', 'desc')
    .orderBy('runs.id', 'desc');

/** `after` ≤ launched < `before`. */
const runList = (
  db: Db,
  dialect: DialectName,
  { workspaceId, userId, ...only }: RunQuery,
): ReturnType<typeof newestFirst> => {
  let query = newestFirst(db).where(inContext({ workspaceId, userId }));
  const { statuses, userName, projectName, after, before, starredBy, olderThan } = only;
  if (statuses) query = query.where('runs.status', 'in', statuses);
  for (const column of ['id', 'runName', 'sessionId'] as const) {
    const value = only[column];
    if (value !== undefined) query = query.where(`runs.${column}`, '=', value);
  }
  if (after !== undefined) query = query.where('runs.createdAt', '>=', after);
  if (before !== undefined) query = query.where('runs.createdAt', '<', before);
  if (olderThan)
    query = query.where((eb) =>
      eb(eb.refTuple('runs.createdAt', 'runs.id'), '<', eb.tuple(olderThan.createdAt, olderThan.id)),
    );
  if (projectName !== undefined) {
    const reported = within(dialect, 'facts', 'projectName');
    const asked = within(dialect, 'launch', 'pipeline');
    query = query.where(sql<string>`coalesce(${reported}, ${asked})`, '=', projectName);
  }
  if (starredBy !== undefined)
    query = query.where('runs.id', 'in', (eb) =>
      eb.selectFrom('runStars').select('runStars.runId').where('runStars.userId', '=', starredBy),
    );
  if (userName !== undefined)
    query = query.where('runs.userId', 'in', (eb) =>
      eb.selectFrom('users').select('users.id').where('users.userNameFolded', '=', fold(userName)),
    );
  for (const label of only.labels ?? [])
    query = query.where((eb) => carries(db, 'run', eb.ref('runs.id'), label));
  const term = searchTerm(only.search);
  if (term === undefined) return query;
  return query.where((eb) =>
    eb.or([
      contains(eb.ref('runs.searchText'), term),
      contains(eb.ref('runs.sessionId'), term),
      eb('runs.userId', 'in', (users) =>
        users
          .selectFrom('users')
          .select('users.id')
          .where((user) => contains(user.ref('users.userNameFolded'), term)),
      ),
    ]),
  );
};

export const listRuns = async (db: Db, dialect: DialectName, query: RunQuery): Promise<Paged<Run>> => {
  const { max, offset, count = true } = query;
  const runs = runList(db, dialect, query);
  if (count) {
    const { rows, totalSize } = await paged(runs, { max, offset });
    return { rows: rows.map(toRun), totalSize };
  }
  const rows = (await runs.limit(max).offset(offset).execute()).map(toRun);
  return { rows, totalSize: rows.length === 0 ? 0 : offset + rows.length };
};

export const countRuns = async (
  db: Db,
  context: { workspaceId: number | null; userId: number },
): Promise<RunCount[]> => {
  // One run of each kind stands for all of them.
  const rows = await db
    .selectFrom('runs')
    .select((eb) => [
      'status',
      'phase',
      eb.fn.min<number | null>('cancelRequestedAt').as('cancelRequestedAt'),
      eb.fn.min<number | null>('exitStatus').as('exitStatus'),
      eb.fn.countAll<number>().as('count'),
    ])
    .where(inContext(context))
    .where('hiddenAt', 'is', null)
    .groupBy(['status', 'phase', sql`cancel_requested_at is null`, sql`exit_status is null`])
    .execute();
  return rows;
};
