/** Datasets, with the names of who made and last changed them and how often runs have used them. */
import type { Selectable } from 'kysely';
import type { Dataset } from '#core/datasets.ts';
import type { DatasetRow, DatasetStore } from '#core/ports/data-stores.ts';
import { inContext } from '../context.ts';
import { taken, unique } from '../errors.ts';
import { paged } from '../paging.ts';
import { type Database, type Db, encode, isEmpty } from '../tables.ts';
import { contains, fold, searchTerm } from '../text.ts';

const toDataset = ({ nameFolded: _, ...row }: Selectable<Database['datasets']>): Dataset => ({
  ...row,
  hidden: row.hidden === 1,
});

const sentences = (name: string | undefined) => ({
  datasets_workspace_id_name: taken('name', name),
  datasets_user_id_name: taken('name', name),
});

const rows = (db: Db) =>
  db
    .selectFrom('datasets')
    .innerJoin('users as creator', 'creator.id', 'datasets.userId')
    .innerJoin('users as editor', 'editor.id', 'datasets.updatedBy')
    .selectAll('datasets')
    .select([
      'creator.userName as creatorName',
      'creator.email as creatorEmail',
      'editor.userName as editorName',
      'editor.email as editorEmail',
    ])
    .select((eb) => [
      eb
        .selectFrom('datasetUses')
        .select((use) => use.fn.count<number>('datasetUses.runId').distinct().as('runs'))
        .whereRef('datasetUses.datasetId', '=', 'datasets.id')
        .as('runs'),
      eb
        .selectFrom('datasetUses')
        .select((use) => use.fn.max('datasetUses.usedAt').as('lastUsedAt'))
        .whereRef('datasetUses.datasetId', '=', 'datasets.id')
        .as('lastUsedAt'),
    ]);

const toRow = ({
  creatorName,
  creatorEmail,
  editorName,
  editorEmail,
  runs,
  lastUsedAt,
  ...row
}: Awaited<ReturnType<ReturnType<typeof rows>['executeTakeFirstOrThrow']>>): DatasetRow => ({
  ...toDataset(row),
  creator: { id: row.userId, userName: creatorName, email: creatorEmail },
  editor: { id: row.updatedBy, userName: editorName, email: editorEmail },
  runs: runs ?? 0,
  lastUsedAt,
});

export const createDatasetStore = (db: Db): DatasetStore => ({
  insert: async (dataset) => {
    await unique(sentences(dataset.name), () =>
      db
        .insertInto('datasets')
        .values({ ...encode(dataset), nameFolded: fold(dataset.name) })
        .execute(),
    );
  },

  find: async (id) => {
    const row = await db.selectFrom('datasets').selectAll().where('id', '=', id).executeTakeFirst();
    return row && toDataset(row);
  },

  row: async (id) => {
    const row = await rows(db).where('datasets.id', '=', id).executeTakeFirst();
    return row && toRow(row);
  },

  list: async ({ search, sortBy, descending, visibility, max, offset, ...context }) => {
    const term = searchTerm(search);
    const direction = descending ? 'desc' : 'asc';
    let query = rows(db)
      .where(inContext(context, 'datasets'))
      .orderBy(sortBy === 'name' ? 'datasets.name' : 'datasets.updatedAt', direction)
      .orderBy('datasets.id');
    if (visibility !== 'all') query = query.where('datasets.hidden', '=', visibility === 'hidden' ? 1 : 0);
    if (term !== undefined) query = query.where((eb) => contains(eb.ref('datasets.nameFolded'), term));
    const found = await paged(query, { max, offset });
    return { rows: found.rows.map(toRow), totalSize: found.totalSize };
  },

  count: async (context) => {
    const { count } = await db
      .selectFrom('datasets')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .where(inContext(context))
      .executeTakeFirstOrThrow();
    return count;
  },

  update: async (id, patch) => {
    if (isEmpty(patch)) return;
    const folded = patch.name === undefined ? {} : { nameFolded: fold(patch.name) };
    await unique(sentences(patch.name), () =>
      db
        .updateTable('datasets')
        .set({ ...encode(patch), ...folded })
        .where('id', '=', id)
        .execute(),
    );
  },

  remove: async (id) => {
    await db.deleteFrom('datasets').where('id', '=', id).execute();
  },
});
