/**
 * Statements that are built once. To build, rename and compile a query takes longer than SQLite needs to run it; of what
 * every launch and every look does, that is done once for each database and set of values, and then only values change.
 */
import type { Compilable, CompiledQuery } from 'kysely';
import type { Db, DialectName } from './tables.ts';

/** Stands in the query for a value that is given with each run. */
class Place {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

type Values = Record<string, unknown>;

/**
 * @param build gets stand-ins of the values: it must pass them on as they are, and not look at them
 * @returns runs the statement; values may have other names each time, as columns of a change do
 */
export const statement = <Given extends object, Row>(
  build: (db: Db, values: Given, dialect: DialectName) => Compilable<Row>,
) => {
  const known = new Map<string, CompiledQuery<Row>>();
  return async (db: Db, dialect: DialectName, values: Given): Promise<Row[]> => {
    const names = Object.keys(values);
    const shape = `${dialect} ${names.join(' ')}`;
    let query = known.get(shape);
    if (!query) {
      const places = Object.fromEntries(names.map((name) => [name, new Place(name)]));
      query = build(db, places as Given, dialect).compile();
      known.set(shape, query);
    }
    const parameters = query.parameters.map((value) =>
      value instanceof Place ? (values as Values)[value.name] : value,
    );
    return (await db.executeQuery<Row>({ ...query, parameters })).rows;
  };
};
