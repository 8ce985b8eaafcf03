/**
 * Datasets as a run's input: addresses of versions of this service that stand in the parameters. Clusters cannot reach us,
 * so the file is written beside the run, and the parameter then says where.
 */
import { type Caller, scopeAllows, type WorkspaceScope } from '#core/caller.ts';
import { plainFileName, type RunDataset } from '#core/datasets.ts';
import { conflict, forbidden } from '#core/errors.ts';
import type { Tables } from '#core/ports/store.ts';
import type { Run } from '#core/runs.ts';

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&');

/** As `versionUrl` of core makes them, whatever the scheme; what ends a word in JSON and YAML ends them. */
const urlPattern = (publicUrl: string): RegExp => {
  const { host, pathname } = new URL(publicUrl);
  const base = `https?://${escaped(host)}${escaped(pathname.replace(/\/$/, ''))}`;
  return new RegExp(
    `${base}(?:/api)?(?:/workspaces/\\d+)?/datasets/([A-Za-z0-9]{1,64})/v/(\\d{1,7})/n/([^\\s"'\`<>\\\\?#,\\]}]+)(?:\\?workspaceId=\\d+)?`,
    'g',
  );
};

const decoded = (name: string): string => {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
};

/** @throws AppError 403, 409 naming what cannot be used */
export const createDatasetsAtLaunch = (
  store: Pick<Tables, 'datasets' | 'datasetVersions'>,
  publicUrl: string,
) => {
  const pattern = urlPattern(publicUrl);

  const resolve = async (
    caller: Caller,
    scope: WorkspaceScope,
    [url, id = '', number = '', name = '']: RegExpExecArray,
  ): Promise<RunDataset> => {
    const dataset = await store.datasets.find(id);
    const own = dataset?.workspaceId === null && dataset.userId === caller.userId;
    const here = scope.workspaceId !== null && dataset?.workspaceId === scope.workspaceId;
    const version = own || here ? await store.datasetVersions.find(id, Number(number)) : undefined;
    if (!version || version.fileName !== decoded(name))
      throw conflict(`paramsText: there is no such version of a dataset in this workspace: ${url}`, {
        field: 'paramsText',
      });
    if (here && !scopeAllows(scope, 'dataset:read'))
      throw forbidden('Your role in this workspace may not read its datasets');
    if (version.disabled)
      throw conflict(`paramsText: this version of the dataset ${version.datasetName} is disabled: ${url}`, {
        field: 'paramsText',
      });
    const { datasetId, upload, sha256, size } = version;
    const path = `datasets/${datasetId}/v${version.version}/${plainFileName(version.fileName)}`;
    return { datasetId, version: version.version, upload, sha256, size, url, path };
  };

  return {
    resolve: async (
      caller: Caller,
      scope: WorkspaceScope,
      paramsText: string | undefined,
    ): Promise<RunDataset[]> => {
      const found = new Map([...(paramsText ?? '').matchAll(pattern)].map((match) => [match[0], match]));
      if (found.size > 20) throw conflict('paramsText: names more than 20 datasets', { field: 'paramsText' });
      return Promise.all([...found.values()].map((match) => resolve(caller, scope, match)));
    },

    /** Within the transaction of the launch. */
    note: async (tables: Tables, run: Run): Promise<object> => {
      const datasets = run.snapshot.datasets ?? [];
      const uses = new Map(datasets.map((one) => [`${one.datasetId}/${one.version}`, one]));
      for (const { datasetId, version, url } of uses.values()) {
        if (!(await tables.datasets.find(datasetId)))
          throw conflict(`paramsText: a dataset was deleted just now: ${url}`, { field: 'paramsText' });
        await tables.datasetVersions.noteUse({ datasetId, version, runId: run.id, usedAt: run.createdAt });
      }
      const recorded = [...uses.values()].map(({ datasetId, version, sha256 }) => ({
        ...{ datasetId, version, sha256 },
      }));
      return recorded.length > 0 ? { datasets: recorded } : {};
    },
  };
};
