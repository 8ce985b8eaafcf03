/** Rows as one parameter: the statement stays the same however many they are, so that it is prepared once. */
import { type RawBuilder, sql } from 'kysely';
import type { DialectName } from './tables.ts';

declare const ofRows: unique symbol;
/** As text. */
export type Rows = string & { readonly [ofRows]: true };

export const asRows = (rows: readonly (readonly (string | number)[])[]): Rows => JSON.stringify(rows) as Rows;

/** To be read from; the columns of a row are `value ->> 0`, `value ->> 1` …, numbers too as text on PostgreSQL. */
export const rowsOf = (dialect: DialectName, rows: Rows): RawBuilder<unknown> =>
  dialect === 'postgres' ? sql`json_array_elements(${rows}::json)` : sql`json_each(${rows})`;
