/** Contents of datasets, in pieces: an upload that is cut off leaves some, which are swept away. */
import type { DatasetPieceStore } from '#core/ports/data-stores.ts';
import type { Db } from '../tables.ts';

/** At a time: each may be 10 MB, which SQLite overwrites with zeros. */
const uploadsAtOnce = 10;

export const createDatasetPieceStore = (db: Db): DatasetPieceStore => {
  const remove = async (upload: string): Promise<void> => {
    await db.deleteFrom('datasetPieces').where('upload', '=', upload).execute();
  };
  return {
    put: async (piece) => {
      await db.insertInto('datasetPieces').values(piece).execute();
    },

    get: async (upload, part) => {
      const row = await db
        .selectFrom('datasetPieces')
        .select('content')
        .where('upload', '=', upload)
        .where('part', '=', part)
        .executeTakeFirst();
      return row?.content;
    },

    remove,

    sweep: async (before) => {
      const lost = await db
        .selectFrom('datasetPieces')
        .select('upload')
        .where('part', '=', 0)
        .where('createdAt', '<', before)
        .where(({ not, exists, selectFrom }) =>
          not(
            exists(
              selectFrom('datasetVersions')
                .select('datasetVersions.upload')
                .whereRef('datasetVersions.upload', '=', 'datasetPieces.upload'),
            ),
          ),
        )
        .limit(uploadsAtOnce)
        .execute();
      for (const { upload } of lost) await remove(upload);
    },
  };
};
