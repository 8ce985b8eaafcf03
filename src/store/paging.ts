/** Pages of a query with the number of all its rows. */
import type { SelectQueryBuilder } from 'kysely';
import type { Page, Paged } from '#core/ports/paging.ts';
import type { Database } from './tables.ts';

/** `query` must be ordered completely (end with a unique column), so that pages neither overlap nor leave gaps. */
export const paged = async <Tables extends keyof Database, Row>(
  query: SelectQueryBuilder<Database, Tables, Row>,
  page: Page,
): Promise<Paged<Row>> => {
  const { totalSize } = await query
    .clearSelect()
    .clearOrderBy()
    .select((eb) => eb.fn.countAll<number>().as('totalSize'))
    .executeTakeFirstOrThrow();
  return { rows: await query.limit(page.max).offset(page.offset).execute(), totalSize };
};
