/** Versions of saved pipelines. Lists leave their launches out: these hold scripts, which may be large. */
import type { Selectable } from 'kysely';
import type { PipelineVersion } from '#core/pipelines.ts';
import type { PipelineVersionStore, VersionHead } from '#core/ports/pipeline-store.ts';
import { taken, unique } from './errors.ts';
import { paged } from './paging.ts';
import { type Database, type Db, encode, isEmpty } from './tables.ts';
import { contains, fold, searchTerm } from './text.ts';

/** Of `pipelineVersions as version` and `users as versionAuthor`. */
export const versionColumns = [
  'version.id as versionId',
  'version.pipelineId as versionPipelineId',
  'version.userId as versionUserId',
  'version.name as versionName',
  'version.launchId as versionLaunchId',
  'version.computeEnvId as versionComputeEnvId',
  'version.hash as versionHash',
  'version.repository as versionRepository',
  'version.createdAt as versionCreatedAt',
  'version.updatedAt as versionUpdatedAt',
  'versionAuthor.userName as versionAuthorName',
  'versionAuthor.firstName as versionAuthorFirstName',
  'versionAuthor.lastName as versionAuthorLastName',
] as const;

interface VersionRow {
  versionId: string;
  versionPipelineId: number;
  versionUserId: number;
  versionName: string | null;
  versionLaunchId: string;
  versionComputeEnvId: string | null;
  versionHash: string;
  versionRepository: string;
  versionCreatedAt: number;
  versionUpdatedAt: number;
  versionAuthorName: string;
  versionAuthorFirstName: string | null;
  versionAuthorLastName: string | null;
}

export const versionHead = (row: VersionRow): VersionHead => ({
  id: row.versionId,
  pipelineId: row.versionPipelineId,
  userId: row.versionUserId,
  name: row.versionName,
  launchId: row.versionLaunchId,
  computeEnvId: row.versionComputeEnvId,
  hash: row.versionHash,
  repository: row.versionRepository,
  createdAt: row.versionCreatedAt,
  updatedAt: row.versionUpdatedAt,
  author: {
    userName: row.versionAuthorName,
    firstName: row.versionAuthorFirstName,
    lastName: row.versionAuthorLastName,
  },
});

/** What is kept beside the record. */
export const versionValues = (version: PipelineVersion) => ({
  ...encode(version),
  repository: version.launch.pipeline,
  repositoryFolded: fold(version.launch.pipeline),
});

const toVersion = ({
  repository: _,
  repositoryFolded: _folded,
  ...row
}: Selectable<Database['pipelineVersions']>): PipelineVersion => ({
  ...row,
  launch: JSON.parse(row.launch),
});

const sentences = (name: string | null | undefined) => ({
  pipeline_versions_pipeline_id_name: taken('version.name', name ?? undefined),
});

export const createPipelineVersionStore = (db: Db): PipelineVersionStore => {
  const one = async (column: 'id' | 'launchId', value: string) => {
    const row = await db
      .selectFrom('pipelineVersions')
      .selectAll()
      .where(column, '=', value)
      .executeTakeFirst();
    return row && toVersion(row);
  };

  const heads = db
    .selectFrom('pipelineVersions as version')
    .innerJoin('users as versionAuthor', 'versionAuthor.id', 'version.userId')
    .select(versionColumns);

  return {
    insert: async (version) => {
      await unique(sentences(version.name), () =>
        db.insertInto('pipelineVersions').values(versionValues(version)).execute(),
      );
    },

    find: (id) => one('id', id),
    findHead: async (id) => {
      const row = await heads.where('version.id', '=', id).executeTakeFirst();
      return row && versionHead(row);
    },
    findByLaunch: (launchId) => one('launchId', launchId),

    list: async (pipelineId, { search, published, ...page }) => {
      const term = searchTerm(search);
      let query = heads.where('version.pipelineId', '=', pipelineId);
      if (published !== undefined) query = query.where('version.name', published ? 'is not' : 'is', null);
      // Names are ASCII: the databases fold them alike.
      if (term !== undefined)
        query = query.where((eb) => contains(eb.fn<string>('lower', ['version.name']), term));
      const found = await paged(
        query.orderBy('version.createdAt', 'desc').orderBy('version.id', 'desc'),
        page,
      );
      return { rows: found.rows.map(versionHead), totalSize: found.totalSize };
    },

    update: async (id, patch) => {
      if (isEmpty(patch)) return;
      await unique(sentences(patch.name), () =>
        db.updateTable('pipelineVersions').set(encode(patch)).where('id', '=', id).execute(),
      );
    },

    names: async (pipelineId) => {
      const rows = await db
        .selectFrom('pipelineVersions')
        .select('name')
        .where('pipelineId', '=', pipelineId)
        .where('name', 'is not', null)
        .execute();
      return new Set(rows.map(({ name }) => name ?? ''));
    },
  };
};
