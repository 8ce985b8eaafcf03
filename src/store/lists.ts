/** Rows as one parameter: the statement stays the same however many they are, so that it is prepared once. */
import { type RawBuilder, sql } from 'kysely';
import type { DialectName } from './tables.ts';

/** To be read from; the columns of a row are `value ->> 0`, `value ->> 1` …, numbers too as text on PostgreSQL. */
export const rowsOf = (
  dialect: DialectName,
  rows: readonly (readonly (string | number)[])[],
): RawBuilder<unknown> =>
  dialect === 'postgres'
    ? sql`json_array_elements(${JSON.stringify(rows)}::json)`
    : sql`json_each(${JSON.stringify(rows)})`;
