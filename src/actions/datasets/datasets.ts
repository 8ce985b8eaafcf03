/** Datasets of a workspace or of a person, and their versions. */
import type { AuditEventName } from '#core/audit.ts';
import type { Caller, WorkspaceScope } from '#core/caller.ts';
import type { Clock } from '#core/clock.ts';
import { type Dataset, type DatasetVersion, maxDatasets, maxVersions, mediaTypeOf } from '#core/datasets.ts';
import { badRequest, conflict, notFound } from '#core/errors.ts';
import { newLongId } from '#core/ids.ts';
import { checkName } from '#core/names.ts';
import type { DatasetActions } from '#core/ports/data-actions.ts';
import type { Store, Tables } from '#core/ports/store.ts';
import { record } from '../clusters/cluster-audit.ts';
import { contextOf, liesWithin } from '../context.ts';
import { contentOf, keepContent } from './content.ts';

export interface DatasetDeps {
  store: Pick<Store, 'datasets' | 'datasetVersions' | 'datasetPieces' | 'runs' | 'transaction'>;
  clock: Clock;
}

type Find = Pick<Tables, 'datasets'>;

const findDataset = async (
  tables: Find,
  caller: Caller,
  scope: WorkspaceScope,
  id: string,
): Promise<Dataset> => {
  const dataset = await tables.datasets.find(id);
  if (!dataset || !liesWithin(caller, scope, dataset)) throw notFound('dataset', id);
  return dataset;
};

const target = (dataset: Dataset, type = 'dataset', id = dataset.id) => ({
  type,
  id,
  name: dataset.name,
  organisationId: dataset.organisationId || null,
  workspaceId: dataset.workspaceId,
  userId: dataset.userId,
});

const shown = ({ name, description, hidden }: Dataset) => ({ name, description, hidden });
const shownVersion = ({
  version,
  fileName,
  mediaType,
  size,
  hasHeader,
  disabled,
  sha256,
}: DatasetVersion) => ({
  ...{ version, fileName, mediaType, size, hasHeader, disabled, sha256 },
});

/** Its contents are swept away later. Within a transaction. */
export const removeDataset = async (
  tables: Pick<Tables, 'datasets' | 'audit'>,
  now: number,
  caller: Caller,
  dataset: Dataset,
): Promise<void> => {
  await tables.datasets.remove(dataset.id);
  await record(tables, now, caller, 'dataset_deleted', target(dataset), { previousState: shown(dataset) });
};

export const createDatasetActions = ({ store, clock }: DatasetDeps): DatasetActions => {
  const { datasets, datasetVersions, datasetPieces } = store;

  const row = async (caller: Caller, scope: WorkspaceScope, id: string) => {
    const found = await datasets.row(id);
    if (!found || !liesWithin(caller, scope, found)) throw notFound('dataset', id);
    return found;
  };

  const change = async (
    tables: Pick<Tables, 'datasets' | 'audit'>,
    caller: Caller,
    before: Dataset,
    patch: Partial<Pick<Dataset, 'name' | 'description' | 'hidden'>>,
  ): Promise<void> => {
    const now = clock.now();
    const after = { ...before, ...patch };
    await tables.datasets.update(before.id, { ...patch, updatedBy: caller.userId, updatedAt: now });
    const state = { previousState: shown(before), newState: shown(after) };
    await record(tables, now, caller, 'dataset_updated', target(after), state);
  };

  const noteVersion = (
    tables: Pick<Tables, 'audit'>,
    caller: Caller,
    event: AuditEventName,
    dataset: Dataset,
    version: DatasetVersion,
  ): Promise<void> =>
    record(
      tables,
      clock.now(),
      caller,
      event,
      target(dataset, 'dataset_version', `${dataset.id}/${version.version}`),
      { newState: shownVersion(version) },
    );

  const findVersion = async (
    tables: Pick<Tables, 'datasets' | 'datasetVersions'>,
    caller: Caller,
    scope: WorkspaceScope,
    id: string,
    version: number,
  ) => {
    const dataset = await findDataset(tables, caller, scope, id);
    const found = await tables.datasetVersions.find(id, version);
    if (!found) throw notFound('version of this dataset', version);
    return { dataset, version: found };
  };

  return {
    list: (caller, scope, query) => datasets.list({ ...contextOf(caller, scope), ...query }),

    describe: row,

    create: async (caller, scope, { name, description }) => {
      checkName('name', name);
      const now = clock.now();
      const dataset: Dataset = {
        ...contextOf(caller, scope),
        id: newLongId(),
        organisationId: scope.organisationId ?? 0,
        updatedBy: caller.userId,
        name,
        description: description ?? null,
        mediaType: null,
        lastVersion: 0,
        hidden: false,
        createdAt: now,
        updatedAt: now,
      };
      await store.transaction(async (tables) => {
        if ((await tables.datasets.count(contextOf(caller, scope))) >= maxDatasets)
          throw conflict(`There are ${maxDatasets} datasets here already: delete those that nobody uses`);
        await tables.datasets.insert(dataset);
        await record(tables, now, caller, 'dataset_created', target(dataset), { newState: shown(dataset) });
      });
      return row(caller, scope, dataset.id);
    },

    update: async (caller, scope, id, { name, description }) => {
      if (name !== undefined) checkName('name', name);
      await store.transaction(async (tables) => {
        const before = await findDataset(tables, caller, scope, id);
        await change(tables, caller, before, {
          ...(name !== undefined && { name }),
          ...(description !== undefined && { description }),
        });
      });
    },

    setHidden: (caller, scope, ids, hidden) =>
      store.transaction(async (tables) => {
        for (const id of ids) {
          const before = await findDataset(tables, caller, scope, id);
          if (before.hidden !== hidden) await change(tables, caller, before, { hidden });
        }
      }),

    remove: (caller, scope, id) =>
      store.transaction(async (tables) =>
        removeDataset(tables, clock.now(), caller, await findDataset(tables, caller, scope, id)),
      ),

    versions: async (caller, scope, id, mediaType) => {
      await findDataset(store, caller, scope, id);
      return datasetVersions.list(id, mediaType);
    },

    latestVersions: (caller, scope, query) =>
      datasetVersions.latest({ ...contextOf(caller, scope), ...query }),

    upload: async (caller, scope, id, { file, hasHeader }) => {
      const { fileName } = file;
      if (!/^[^/\\\p{Cc}]{1,200}$/u.test(fileName))
        throw badRequest('file: give it a name of 1 to 200 characters, without slashes', { field: 'file' });
      const mediaType = mediaTypeOf(fileName);
      const checkFits = (dataset: Dataset): void => {
        if (dataset.mediaType !== null && dataset.mediaType !== mediaType)
          throw badRequest(`file: this dataset holds ${dataset.mediaType}, and so do all its versions`, {
            field: 'file',
          });
        if (dataset.lastVersion >= maxVersions)
          throw conflict(`This dataset has ${maxVersions} versions already: make another one`);
      };
      checkFits(await findDataset(store, caller, scope, id));
      const upload = newLongId();
      const kept = await keepContent(datasetPieces, clock, upload, file.stream);
      try {
        return await store.transaction(async (tables) => {
          const dataset = await findDataset(tables, caller, scope, id);
          checkFits(dataset);
          const now = clock.now();
          const version: DatasetVersion = {
            datasetId: id,
            version: dataset.lastVersion + 1,
            userId: caller.userId,
            fileName,
            mediaType,
            ...kept,
            hasHeader,
            disabled: false,
            upload,
            createdAt: now,
            updatedAt: now,
          };
          await tables.datasetVersions.insert(version);
          await tables.datasets.update(id, {
            mediaType,
            lastVersion: version.version,
            updatedBy: caller.userId,
            updatedAt: now,
          });
          await noteVersion(tables, caller, 'dataset_content_uploaded', dataset, version);
          return (await findVersion(tables, caller, scope, id, version.version)).version;
        });
      } catch (error) {
        await datasetPieces.remove(upload);
        throw error;
      }
    },

    download: async (caller, scope, id, number, fileName) => {
      const { dataset, version } = await findVersion(store, caller, scope, id, number);
      if (version.fileName !== fileName) throw notFound('file of this version', fileName);
      await store.transaction((tables) =>
        noteVersion(tables, caller, 'dataset_content_downloaded', dataset, version),
      );
      return { fileName, contentType: version.mediaType, stream: contentOf(datasetPieces, version) };
    },

    disableVersion: (caller, scope, id, number) =>
      store.transaction(async (tables) => {
        const { dataset, version } = await findVersion(tables, caller, scope, id, number);
        if (version.disabled) return;
        await tables.datasetVersions.disable(id, number, clock.now());
        await noteVersion(tables, caller, 'dataset_updated', dataset, { ...version, disabled: true });
      }),

    ofLaunch: async (caller, scope, launchId) => {
      const run = await store.runs.find(launchId);
      // The launch of a saved pipeline has run with nothing yet.
      return run && liesWithin(caller, scope, run) ? datasetVersions.ofRun(run.id) : [];
    },
  };
};
