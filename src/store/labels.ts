/** Labels, and the links to what carries them. */
import { type Expression, type Selectable, type SqlBool, sql } from 'kysely';
import { type Label, type LabelKind, labelText } from '#core/labels.ts';
import type { LabelStore } from '#core/ports/label-store.ts';
import { inContext } from './context.ts';
import { taken, unique } from './errors.ts';
import { among, asList, type List } from './lists.ts';
import { paged } from './paging.ts';
import { statement } from './statements.ts';
import { type Database, type Db, type DialectName, encode, isEmpty } from './tables.ts';
import { contains, fold, searchTerm } from './text.ts';

type Row = Selectable<Database['labels']>;

const toLabel = ({ textFolded: _, ...row }: Omit<Row, 'textFolded'> & { textFolded?: string }): Label => ({
  ...row,
  value: row.value === '' ? null : row.value,
  resource: row.resource === 1,
  isDefault: row.isDefault === 1,
});

const sentences = (label: Pick<Label, 'name' | 'value'>) => ({
  labels_workspace_id_name_value: taken('name', labelText(label)),
  labels_user_id_name_value: taken('name', labelText(label)),
});

const columns = (label: Pick<Label, 'name' | 'value'>) => ({
  name: label.name,
  value: label.value ?? '',
  textFolded: fold(labelText(label)),
});

/**
 * Whether a thing carries the label of that name, or of `name=value`; any case.
 * @param target the thing's id, as text
 */
export const carries = (
  db: Pick<Db, 'selectFrom'>,
  kind: LabelKind,
  target: Expression<string>,
  label: string,
): Expression<SqlBool> => {
  const text = fold(label);
  return sql<SqlBool>`exists ${db
    .selectFrom('labelLinks')
    .innerJoin('labels', 'labels.id', 'labelLinks.labelId')
    .select('labelLinks.labelId')
    .where('labelLinks.kind', '=', kind)
    .where((eb) => eb('labelLinks.target', '=', target))
    .where((eb) =>
      eb.or([
        eb('labels.textFolded', '=', text),
        sql<SqlBool>`${eb.ref('labels.textFolded')} like ${`${text.replace(/[\\%_]/g, '\\$&')}=%`} escape '\\'`,
      ]),
    )}`;
};

/** A statement holds at most some 32,000 values, three of each link. */
const linksAtOnce = 5_000;

const ofTargets = statement((db, { kind, targets }: { kind: LabelKind; targets: List }, dialect) =>
  db
    .selectFrom('labelLinks')
    .innerJoin('labels', 'labels.id', 'labelLinks.labelId')
    .selectAll('labels')
    .select('labelLinks.target')
    .where('labelLinks.kind', '=', kind)
    .where(among(dialect, sql`label_links.target`, targets))
    .orderBy('labels.textFolded')
    .orderBy('labels.id'),
);

export const createLabelStore = (db: Db, dialect: DialectName): LabelStore => ({
  insert: (label) =>
    unique(sentences(label), async () =>
      toLabel(
        await db
          .insertInto('labels')
          .values({ ...encode(label), ...columns(label) })
          .returningAll()
          .executeTakeFirstOrThrow(),
      ),
    ),

  find: async (id) => {
    const row = await db.selectFrom('labels').selectAll().where('id', '=', id).executeTakeFirst();
    return row && toLabel(row);
  },

  list: async ({ search, resource, isDefault, max, offset, ...context }) => {
    const term = searchTerm(search);
    let query = db.selectFrom('labels').selectAll().where(inContext(context));
    if (resource !== undefined) query = query.where('resource', '=', Number(resource));
    if (isDefault !== undefined) query = query.where('isDefault', '=', Number(isDefault));
    if (term !== undefined) {
      query = query
        .where((eb) => contains(eb.ref('textFolded'), term))
        .orderBy((eb) => sql`case when ${eb.ref('textFolded')} = ${term} then 0 else 1 end`);
    }
    const found = await paged(query.orderBy('textFolded').orderBy('id'), { max, offset });
    return { rows: found.rows.map(toLabel), totalSize: found.totalSize };
  },

  update: async (id, patch) => {
    if (isEmpty(patch)) return;
    const row = await db.selectFrom('labels').selectAll().where('id', '=', id).executeTakeFirst();
    if (!row) return;
    const label = { ...toLabel(row), ...patch };
    await unique(sentences(label), () =>
      db
        .updateTable('labels')
        .set({ ...encode(patch), ...columns(label) })
        .where('id', '=', id)
        .execute(),
    );
  },

  remove: async (id) => {
    await db.deleteFrom('labels').where('id', '=', id).execute();
  },

  of: async (kind, ids) => {
    if (ids.length === 0) return new Map();
    const rows = await ofTargets(db, dialect, { kind, targets: asList(dialect, ids.map(String)) });
    const labels = new Map<string, Label[]>();
    for (const { target, ...row } of rows) labels.set(target, [...(labels.get(target) ?? []), toLabel(row)]);
    return labels;
  },

  add: async (kind, ids, labelIds) => {
    const links = ids.flatMap((id) => labelIds.map((labelId) => ({ kind, target: String(id), labelId })));
    for (let at = 0; at < links.length; at += linksAtOnce) {
      await db
        .insertInto('labelLinks')
        .values(links.slice(at, at + linksAtOnce))
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    }
  },

  take: async (kind, ids, labelIds) => {
    if (ids.length === 0 || labelIds?.length === 0) return;
    let query = db.deleteFrom('labelLinks').where('kind', '=', kind).where('target', 'in', ids.map(String));
    if (labelIds) query = query.where('labelId', 'in', [...labelIds]);
    await query.execute();
  },
});
