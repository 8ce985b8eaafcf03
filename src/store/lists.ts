/** Lists as one value: the statement stays the same however long they are, so that it is built and prepared once. */
import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { DialectName } from './tables.ts';

declare const ofList: unique symbol;
/** As the database takes it. */
export type List = { readonly [ofList]: true };

export const asList = (dialect: DialectName, texts: readonly string[]): List =>
  (dialect === 'postgres' ? texts : JSON.stringify(texts)) as unknown as List;

/**
 * Is a text one of these? On PostgreSQL of an array: that goes through an index, where a query of JSON would read the whole
 * table, and a serializable transaction would stand in the way of all that write to it.
 */
export const among = (dialect: DialectName, text: RawBuilder<string>, list: List): RawBuilder<SqlBool> =>
  dialect === 'postgres'
    ? sql`${text} = any(${list}::text[])`
    : sql`${text} in (select value from json_each(${list}))`;
