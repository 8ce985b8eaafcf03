/** Pages of a query with the number of all its rows. */
import type { SelectQueryBuilder } from 'kysely';
import type { Page, Paged } from '#core/ports/paging.ts';

/** `query` must be ordered completely (end with a unique column), so that pages neither overlap nor leave gaps. */
export const paged = async <Schema, Tables extends keyof Schema, Row>(
  query: SelectQueryBuilder<Schema, Tables, Row>,
  page: Page,
): Promise<Paged<Row>> => {
  const { totalSize } = await query
    .clearSelect()
    .clearOrderBy()
    .select((eb) => eb.fn.countAll<number>().as('totalSize'))
    .$castTo<{ totalSize: number }>()
    .executeTakeFirstOrThrow();
  return { rows: await query.limit(page.max).offset(page.offset).execute(), totalSize };
};
