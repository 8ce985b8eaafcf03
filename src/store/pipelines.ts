/** Saved pipelines, found and listed with their default version. */
import { type Selectable, sql } from 'kysely';
import type { PipelineRow, PipelineStore } from '#core/ports/pipeline-store.ts';
import { inContext } from './context.ts';
import { taken, unique } from './errors.ts';
import { carries } from './labels.ts';
import { paged } from './paging.ts';
import { versionColumns, versionHead, versionValues } from './pipeline-versions.ts';
import { type Database, type Db, encode, isEmpty } from './tables.ts';
import { contains, fold, searchTerm } from './text.ts';

type Row = Selectable<Database['pipelines']>;

const toPipeline = ({ searchText: _, ...pipeline }: Row) => pipeline;

const sentences = (name: string | undefined) => ({
  pipelines_workspace_id_name: taken('name', name),
  pipelines_user_id_name: taken('name', name),
});

const searchText = (name: string, description: string | null): string =>
  fold(`${name}\n${description ?? ''}`);

export const createPipelineStore = (db: Db): PipelineStore => {
  const rows = db
    .selectFrom('pipelines')
    .innerJoin('pipelineVersions as version', 'version.id', 'pipelines.defaultVersionId')
    .innerJoin('users as author', 'author.id', 'pipelines.userId')
    .innerJoin('users as versionAuthor', 'versionAuthor.id', 'version.userId')
    .leftJoin('workspaces', 'workspaces.id', 'pipelines.workspaceId')
    .leftJoin('organisations', 'organisations.id', 'workspaces.organisationId')
    .selectAll('pipelines')
    .select(versionColumns)
    .select([
      'author.userName as authorName',
      'author.firstName as authorFirstName',
      'author.lastName as authorLastName',
      'workspaces.name as workspaceName',
      'workspaces.visibility as visibility',
      'organisations.name as organisationName',
    ]);
  type JoinedRow = Awaited<ReturnType<typeof rows.executeTakeFirstOrThrow>>;

  const toRow = (row: JoinedRow): PipelineRow => ({
    id: row.id,
    organisationId: row.organisationId,
    workspaceId: row.workspaceId,
    userId: row.userId,
    name: row.name,
    description: row.description,
    icon: row.icon,
    defaultVersionId: row.defaultVersionId,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
    version: versionHead(row),
    author: {
      userName: row.authorName,
      firstName: row.authorFirstName,
      lastName: row.authorLastName,
    },
    workspaceName: row.workspaceName,
    visibility: row.visibility ?? 'PRIVATE',
    organisationName: row.organisationName,
  });

  return {
    insert: (pipeline, version) =>
      unique(sentences(pipeline.name), async () => {
        const made = await db
          .insertInto('pipelines')
          .values({
            ...pipeline,
            defaultVersionId: version.id,
            searchText: searchText(pipeline.name, pipeline.description),
          })
          .returningAll()
          .executeTakeFirstOrThrow();
        await db
          .insertInto('pipelineVersions')
          .values(versionValues({ ...version, pipelineId: made.id }))
          .execute();
        return toPipeline(made);
      }),

    find: async (id) => {
      const row = await db.selectFrom('pipelines').selectAll().where('id', '=', id).executeTakeFirst();
      return row && toPipeline(row);
    },

    findRow: async (id) => {
      const row = await rows.where('pipelines.id', '=', id).executeTakeFirst();
      return row && toRow(row);
    },

    list: async ({ visibility, search, name, userName, labels, sortBy, descending, ...query }) => {
      const { max, offset, organisationId, ...context } = query;
      const term = searchTerm(search);
      const own = inContext(context, 'pipelines');
      const shared = sql<boolean>`workspaces.visibility = 'SHARED' and workspaces.organisation_id = ${organisationId ?? 0}
        and workspaces.id <> ${context.workspaceId ?? 0}`;
      let found = rows.where((eb) => {
        if (visibility === 'private') return own;
        return visibility === 'shared' ? shared : eb.or([own, shared]);
      });
      if (name !== undefined) found = found.where('pipelines.name', '=', name);
      if (userName !== undefined) found = found.where('author.userNameFolded', '=', fold(userName));
      for (const label of labels ?? [])
        found = found.where((eb) => carries(db, 'pipeline', eb.cast<string>('pipelines.id', 'text'), label));
      if (term !== undefined)
        found = found
          .where((eb) =>
            eb.or([
              contains(eb.ref('pipelines.searchText'), term),
              contains(eb.ref('version.repositoryFolded'), term),
            ]),
          )
          .orderBy(sql`case when ${sql.ref('pipelines.name')} = ${search?.trim()} then 0 else 1 end`);
      const sorted = found
        .orderBy(`pipelines.${sortBy}`, descending ? 'desc' : 'asc')
        .orderBy('pipelines.id', descending ? 'desc' : 'asc');
      const { rows: page, totalSize } = await paged(sorted, { max, offset });
      return { rows: page.map(toRow), totalSize };
    },

    update: async (id, patch) => {
      if (isEmpty(patch)) return;
      const row = await db.selectFrom('pipelines').selectAll().where('id', '=', id).executeTakeFirst();
      if (!row) return;
      const after = { ...row, ...patch };
      await unique(sentences(patch.name), () =>
        db
          .updateTable('pipelines')
          .set({ ...encode(patch), searchText: searchText(after.name, after.description) })
          .where('id', '=', id)
          .execute(),
      );
    },

    remove: async (id) => {
      await db.deleteFrom('pipelines').where('id', '=', id).execute();
    },

    repositories: async (context) => {
      const found = await db
        .selectFrom('pipelineVersions')
        .innerJoin('pipelines', 'pipelines.defaultVersionId', 'pipelineVersions.id')
        .select('pipelineVersions.repository')
        .distinct()
        .where(inContext(context, 'pipelines'))
        .orderBy('pipelineVersions.repository')
        .execute();
      return found.map((row) => row.repository);
    },
  };
};
