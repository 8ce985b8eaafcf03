/** Datasets; the operations with the workspace in their path are answered by the same functions. */
import * as datasets from '#contract/datasets.ts';
import type { Route } from '#contract/route.ts';
import { maxDatasets, versionUrl } from '#core/datasets.ts';
import { isAppError } from '#core/errors.ts';
import type { DatasetVersionRow } from '#core/ports/data-stores.ts';
import type { Actions, ApiSettings } from '../actions.ts';
import { type Binding, bind } from '../exchange.ts';
import { wireDataset, wireVersion } from '../wire/datasets.ts';

/** Unless asked for less: clients look through the whole list for a name. */
const pageOf = ({ max = maxDatasets, offset = 0 }) => ({ max, offset });

const bindBoth = <const R extends Route>(
  routes: readonly [R, R],
  handle: Parameters<typeof bind<R>>[1],
): Binding[] => routes.map((route) => bind(route, handle));

export const datasetHandlers = ({ datasets: actions }: Actions, { publicUrl }: ApiSettings): Binding[] => {
  const wire = (row: DatasetVersionRow) => wireVersion(row, versionUrl(publicUrl, row));
  return [
    ...bindBoth(
      [datasets.listDatasets, datasets.listDatasetsOfWorkspace],
      async ({ caller, scope, query }) => {
        const { rows, totalSize } = await actions.list(caller, scope, {
          ...pageOf(query),
          ...(query.search !== undefined && { search: query.search }),
          sortBy: query.sortBy ?? 'name',
          descending: query.sortDir === 'desc',
          visibility: query.visibility ?? 'visible',
        });
        return { datasets: rows.map(wireDataset), totalSize };
      },
    ),
    ...bindBoth(
      [datasets.createDataset, datasets.createDatasetOfWorkspace],
      async ({ caller, scope, body: { sourceType: _, ...input } }) => ({
        dataset: wireDataset(await actions.create(caller, scope, input)),
      }),
    ),
    bind(datasets.deleteDatasets, async ({ caller, scope, body }) => {
      const answer = { success: [] as string[], failed: [] as string[] };
      for (const id of body.datasetIds) {
        try {
          await actions.remove(caller, scope, id);
          answer.success.push(id);
        } catch (error) {
          if (!isAppError(error, 'not_found')) throw error;
          answer.failed.push(id);
        }
      }
      return answer;
    }),
    bind(datasets.hideDatasets, ({ caller, scope, body }) =>
      actions.setHidden(caller, scope, body.datasetIds, true),
    ),
    bind(datasets.showDatasets, ({ caller, scope, body }) =>
      actions.setHidden(caller, scope, body.datasetIds, false),
    ),
    ...bindBoth(
      [datasets.listLatestVersions, datasets.listLatestVersionsOfWorkspace],
      async ({ caller, scope, query: { search, mimeType: mediaType, ...page } }) => {
        const { rows, totalSize } = await actions.latestVersions(caller, scope, {
          ...pageOf(page),
          search,
          mediaType,
        });
        return { versions: rows.map(wire), totalSize };
      },
    ),
    ...bindBoth(
      [datasets.describeDataset, datasets.describeDatasetOfWorkspace],
      async ({ caller, scope, params }) => ({
        dataset: wireDataset(await actions.describe(caller, scope, params.datasetId)),
      }),
    ),
    ...bindBoth(
      [datasets.updateDataset, datasets.updateDatasetOfWorkspace],
      ({ caller, scope, params, body }) => actions.update(caller, scope, params.datasetId, body),
    ),
    ...bindBoth([datasets.deleteDataset, datasets.deleteDatasetOfWorkspace], ({ caller, scope, params }) =>
      actions.remove(caller, scope, params.datasetId),
    ),
    ...bindBoth(
      [datasets.uploadDataset, datasets.uploadDatasetOfWorkspace],
      async ({ caller, scope, params, query, file }) => {
        const input = { file, hasHeader: query.header ?? false };
        return { version: wire(await actions.upload(caller, scope, params.datasetId, input)) };
      },
    ),
    ...bindBoth(
      [datasets.listVersions, datasets.listVersionsOfWorkspace],
      async ({ caller, scope, params, query }) => {
        const rows = await actions.versions(caller, scope, params.datasetId, query.mimeType);
        return { versions: rows.map(wire), totalSize: rows.length };
      },
    ),
    ...bindBoth(
      [datasets.downloadVersion, datasets.downloadVersionOfWorkspace],
      ({ caller, scope, params: { datasetId, version, fileName } }) =>
        actions.download(caller, scope, datasetId, version, fileName),
    ),
    bind(datasets.disableVersion, ({ caller, scope, params }) =>
      actions.disableVersion(caller, scope, params.datasetId, params.version),
    ),
    bind(datasets.listLaunchVersions, async ({ caller, scope, params }) => {
      const rows = await actions.ofLaunch(caller, scope, params.launchId);
      return { versions: rows.map(wire), totalSize: rows.length };
    }),
  ];
};
