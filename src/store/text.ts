/** Free text in queries. */
import { type Expression, type SqlBool, sql } from 'kysely';

/** Lower case, the same on both databases and beyond ASCII. */
export const fold = (text: string | null): string => (text ?? '').toLowerCase();

/** What somebody typed into a search box, folded; undefined when there is nothing to search for. */
export const searchTerm = (search: string | undefined): string | undefined =>
  fold(search?.trim() ?? '') || undefined;

/** `text` contains `term` as it is: `%` and `_` mean themselves. Both must be folded already. */
export const contains = (text: Expression<string>, term: string): Expression<SqlBool> =>
  sql<SqlBool>`${text} like ${`%${term.replace(/[\\%_]/g, '\\$&')}%`} escape '\\'`;
