/**
 * Datasets, under two kinds of paths: with the workspace in the query, or (as older clients have it) in the path. Both
 * mean the same and are answered alike.
 */
import { z } from 'zod';
import { maxDatasetBytes } from '#core/datasets.ts';
import { flag, id, line, moment, name, number, optional, paging, search, text, whole } from './fields.ts';
import { defineRoute, type Route } from './route.ts';
import { thing, workspaceQuery } from './scopes.ts';

const datasetParams = z.object({ datasetId: thing });
const versionParams = datasetParams.extend({ version: whole(1, 1_000_000) });
const attributes = { attributes: optional(z.unknown()) };
const workspaceInPath = z.object({ workspaceId: id });

const person = z.object({ id: number, userName: z.string(), email: z.string() });

const dataset = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string().optional(),
  mediaType: z.string().optional(),
  /** Of the newest one; 0: none yet. */
  version: number,
  workspaceId: number.optional(),
  organizationId: number.optional(),
  user: person,
  lastUpdatedBy: person,
  hidden: z.boolean(),
  deleted: z.boolean(),
  dateCreated: moment,
  lastUpdated: moment,
  runsInfo: z.object({ runsCount: number, lastUsed: moment.optional() }),
});

const datasetVersion = z.object({
  datasetId: z.string(),
  datasetName: z.string(),
  datasetDescription: z.string().optional(),
  workspaceId: number.optional(),
  version: number,
  fileName: z.string(),
  fileSize: number,
  mediaType: z.string(),
  hasHeader: z.boolean(),
  disabled: z.boolean(),
  /** Where it is downloaded. In the parameters of a run it stands for the file itself. */
  url: z.string(),
  createdBy: person.extend({ avatar: z.string().optional() }),
  dateCreated: moment,
  lastUpdated: moment,
});

const versions = z.object({ versions: z.array(datasetVersion), totalSize: number });

/** The same operation with the workspace in its path. */
const inWorkspace = <const R extends Route>(route: R, operationId: string): R => ({
  ...route,
  operationId,
  path: `/workspaces/{workspaceId}${route.path}`,
  params: route.params ? z.intersection(workspaceInPath, route.params) : workspaceInPath,
});

export const listDatasets = defineRoute({
  operationId: 'ListDatasetsV2',
  method: 'GET',
  path: '/datasets',
  summary: 'Datasets of a workspace, or of the caller; all of them unless paged',
  permission: 'dataset:read',
  scope: 'workspace',
  extension: true,
  query: workspaceQuery.extend({
    ...paging,
    search,
    sortBy: optional(z.enum(['name', 'modified'])),
    sortDir: optional(z.enum(['asc', 'desc'])),
    visibility: optional(z.enum(['visible', 'hidden', 'all'])),
    ...attributes,
  }),
  response: { 200: z.object({ datasets: z.array(dataset), totalSize: number }) },
});
export const listDatasetsOfWorkspace = inWorkspace(listDatasets, 'ListDatasets');

export const createDataset = defineRoute({
  operationId: 'CreateDatasetV2',
  method: 'POST',
  path: '/datasets',
  summary: 'Makes a dataset; its content is uploaded as a version',
  permission: 'dataset:write',
  scope: 'workspace',
  extension: true,
  query: workspaceQuery,
  body: z.object({
    name: name(100),
    description: optional(text(1000)),
    sourceType: optional(
      z.literal('UPLOADED', 'must be UPLOADED: tables are uploaded here, not linked to other addresses'),
    ),
  }),
  response: { 200: z.object({ dataset }) },
});
export const createDatasetOfWorkspace = inWorkspace(createDataset, 'CreateDataset');

const datasetIds = z.object({ datasetIds: z.array(thing).min(1).max(100) });

export const deleteDatasets = defineRoute({
  operationId: 'DeleteDatasets',
  method: 'DELETE',
  path: '/datasets',
  summary: 'Deletes datasets, each by itself',
  permission: 'dataset:delete',
  scope: 'workspace',
  extension: true,
  query: workspaceQuery,
  body: datasetIds,
  response: { 200: z.object({ success: z.array(z.string()), failed: z.array(z.string()) }) },
});

export const hideDatasets = defineRoute({
  operationId: 'HideDatasets',
  method: 'POST',
  path: '/datasets/hide',
  summary: 'Leaves datasets out of lists',
  permission: 'dataset:admin',
  scope: 'workspace',
  extension: true,
  query: workspaceQuery,
  body: datasetIds,
  response: { 204: null },
});

export const showDatasets = defineRoute({
  operationId: 'ShowDatasets',
  method: 'POST',
  path: '/datasets/show',
  summary: 'Shows hidden datasets again',
  permission: 'dataset:admin',
  scope: 'workspace',
  extension: true,
  query: workspaceQuery,
  body: datasetIds,
  response: { 204: null },
});

export const listLatestVersions = defineRoute({
  operationId: 'ListLatestDatasetVersionsV2',
  method: 'GET',
  path: '/datasets/versions',
  summary: 'The newest version of each dataset',
  permission: 'dataset:read',
  scope: 'workspace',
  extension: true,
  query: workspaceQuery.extend({ ...paging, search, mimeType: optional(text(100)) }),
  response: { 200: versions },
});
export const listLatestVersionsOfWorkspace = inWorkspace(listLatestVersions, 'ListLatestDatasetVersions');

export const describeDataset = defineRoute({
  operationId: 'DescribeDatasetV2',
  method: 'GET',
  path: '/datasets/{datasetId}/metadata',
  summary: 'One dataset',
  permission: 'dataset:read',
  scope: 'dataset',
  extension: true,
  params: datasetParams,
  query: workspaceQuery.extend(attributes),
  response: { 200: z.object({ dataset }) },
});
export const describeDatasetOfWorkspace = inWorkspace(describeDataset, 'DescribeDataset');

export const updateDataset = defineRoute({
  operationId: 'UpdateDatasetV2',
  method: 'PUT',
  path: '/datasets/{datasetId}',
  summary: 'Changes name and description',
  permission: 'dataset:write',
  scope: 'dataset',
  extension: true,
  params: datasetParams,
  query: workspaceQuery,
  body: z.object({ name: optional(name(100)), description: optional(text(1000)) }),
  response: { 204: null },
});
export const updateDatasetOfWorkspace = inWorkspace(updateDataset, 'UpdateDataset');

export const deleteDataset = defineRoute({
  operationId: 'DeleteDatasetV2',
  method: 'DELETE',
  path: '/datasets/{datasetId}',
  summary: 'Deletes a dataset with all its versions; runs keep the files they were given',
  permission: 'dataset:delete',
  scope: 'dataset',
  extension: true,
  params: datasetParams,
  query: workspaceQuery,
  response: { 204: null },
});
export const deleteDatasetOfWorkspace = inWorkspace(deleteDataset, 'DeleteDataset');

export const uploadDataset = defineRoute({
  operationId: 'UploadDatasetV2',
  method: 'POST',
  path: '/datasets/{datasetId}/upload',
  summary: 'A new version: a CSV or TSV file in the field `file` of a form, at most 10 MB',
  permission: 'dataset:write',
  scope: 'dataset',
  extension: true,
  params: datasetParams,
  query: workspaceQuery.extend({ header: optional(flag) }),
  form: { file: 'file', maxBytes: maxDatasetBytes },
  response: { 200: z.object({ version: datasetVersion }) },
});
export const uploadDatasetOfWorkspace = inWorkspace(uploadDataset, 'UploadDataset');

export const listVersions = defineRoute({
  operationId: 'ListDatasetVersionsV2',
  method: 'GET',
  path: '/datasets/{datasetId}/versions',
  summary: 'Versions of a dataset, newest first',
  permission: 'dataset:read',
  scope: 'dataset',
  extension: true,
  params: datasetParams,
  query: workspaceQuery.extend({ mimeType: optional(text(100)) }),
  response: { 200: versions },
});
export const listVersionsOfWorkspace = inWorkspace(listVersions, 'ListDatasetVersions');

export const downloadVersion = defineRoute({
  operationId: 'DownloadDatasetV2',
  method: 'GET',
  path: '/datasets/{datasetId}/v/{version}/n/{fileName}',
  summary: 'The content of a version',
  permission: 'dataset:read',
  scope: 'dataset',
  extension: true,
  params: versionParams.extend({ fileName: line(255) }),
  query: workspaceQuery,
  response: { 200: 'bytes' },
});
export const downloadVersionOfWorkspace = inWorkspace(downloadVersion, 'DownloadDataset');

export const disableVersion = defineRoute({
  operationId: 'DisableDatasetVersion',
  method: 'POST',
  path: '/datasets/{datasetId}/versions/{version}/disable',
  summary: 'Keeps a version from new runs, for good',
  permission: 'dataset:admin',
  scope: 'dataset',
  extension: true,
  params: versionParams,
  query: workspaceQuery,
  response: { 204: null },
});

export const listLaunchVersions = defineRoute({
  operationId: 'ListLaunchDatasetVersions',
  method: 'GET',
  path: '/launch/{launchId}/datasets',
  summary: 'The versions that a run was launched with',
  permission: 'dataset:read',
  scope: 'launch',
  params: z.object({ launchId: thing }),
  query: workspaceQuery,
  response: { 200: versions },
});
