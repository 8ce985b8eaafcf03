/** Versions of datasets, and which runs have used them. */
import type { DatasetVersionRow, DatasetVersionStore } from '#core/ports/data-stores.ts';
import { inContext } from '../context.ts';
import { paged } from '../paging.ts';
import { type Db, encode } from '../tables.ts';
import { contains, searchTerm } from '../text.ts';

const rows = (db: Db) =>
  db
    .selectFrom('datasetVersions')
    .innerJoin('datasets', 'datasets.id', 'datasetVersions.datasetId')
    .innerJoin('users as creator', 'creator.id', 'datasetVersions.userId')
    .selectAll('datasetVersions')
    .select([
      'datasets.name as datasetName',
      'datasets.description as datasetDescription',
      'datasets.workspaceId',
      'creator.userName as creatorName',
      'creator.email as creatorEmail',
    ]);

const toRow = ({
  creatorName,
  creatorEmail,
  ...row
}: Awaited<ReturnType<ReturnType<typeof rows>['executeTakeFirstOrThrow']>>): DatasetVersionRow => ({
  ...row,
  hasHeader: row.hasHeader === 1,
  disabled: row.disabled === 1,
  creator: { id: row.userId, userName: creatorName, email: creatorEmail },
});

export const createDatasetVersionStore = (db: Db): DatasetVersionStore => ({
  insert: async (version) => {
    await db.insertInto('datasetVersions').values(encode(version)).execute();
  },

  find: async (datasetId, version) => {
    const row = await rows(db)
      .where('datasetVersions.datasetId', '=', datasetId)
      .where('datasetVersions.version', '=', version)
      .executeTakeFirst();
    return row && toRow(row);
  },

  list: async (datasetId, mediaType) => {
    let query = rows(db)
      .where('datasetVersions.datasetId', '=', datasetId)
      .orderBy('datasetVersions.version', 'desc');
    if (mediaType !== undefined) query = query.where('datasetVersions.mediaType', '=', mediaType);
    return (await query.execute()).map(toRow);
  },

  latest: async ({ search, mediaType, max, offset, ...context }) => {
    const term = searchTerm(search);
    let query = rows(db)
      .where(inContext(context, 'datasets'))
      .where('datasets.hidden', '=', 0)
      .whereRef('datasetVersions.version', '=', 'datasets.lastVersion')
      .orderBy('datasets.name')
      .orderBy('datasets.id');
    if (mediaType !== undefined) query = query.where('datasetVersions.mediaType', '=', mediaType);
    if (term !== undefined) query = query.where((eb) => contains(eb.ref('datasets.nameFolded'), term));
    const found = await paged(query, { max, offset });
    return { rows: found.rows.map(toRow), totalSize: found.totalSize };
  },

  disable: async (datasetId, version, now) => {
    await db
      .updateTable('datasetVersions')
      .set({ disabled: 1, updatedAt: now })
      .where('datasetId', '=', datasetId)
      .where('version', '=', version)
      .execute();
  },

  noteUse: async (use) => {
    await db.insertInto('datasetUses').values(use).execute();
  },

  ofRun: async (runId) => {
    const found = await rows(db)
      .innerJoin('datasetUses', (join) =>
        join
          .onRef('datasetUses.datasetId', '=', 'datasetVersions.datasetId')
          .onRef('datasetUses.version', '=', 'datasetVersions.version'),
      )
      .where('datasetUses.runId', '=', runId)
      .orderBy('datasets.name')
      .orderBy('datasets.id')
      .orderBy('datasetVersions.version')
      .execute();
    return found.map(toRow);
  },
});
