/** How lists are cut into pages. */

export interface Page {
  max: number;
  offset: number;
}

export interface Paged<Row> {
  rows: Row[];
  totalSize: number;
}

/** A record before the database has given it its number. */
export type Unnumbered<Row extends { id: unknown }> = Omit<Row, 'id'>;
