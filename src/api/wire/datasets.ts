/** Datasets as clients know them. */
import type * as datasets from '#contract/datasets.ts';
import type { AnswerBody } from '#contract/route.ts';
import type { DatasetPerson, DatasetRow, DatasetVersionRow } from '#core/ports/data-stores.ts';
import { iso, isoOrAbsent } from './dates.ts';

type WireDataset = AnswerBody<typeof datasets.describeDataset>['dataset'];
type WireVersion = AnswerBody<typeof datasets.uploadDataset>['version'];

const wirePerson = ({ id, userName, email }: DatasetPerson) => ({ id, userName, email });

export const wireDataset = (row: DatasetRow): WireDataset => ({
  id: row.id,
  name: row.name,
  description: row.description ?? undefined,
  mediaType: row.mediaType ?? undefined,
  version: row.lastVersion,
  workspaceId: row.workspaceId ?? undefined,
  organizationId: row.organisationId || undefined,
  user: wirePerson(row.creator),
  lastUpdatedBy: wirePerson(row.editor),
  hidden: row.hidden,
  deleted: false,
  dateCreated: iso(row.createdAt),
  lastUpdated: iso(row.updatedAt),
  runsInfo: { runsCount: row.runs, lastUsed: isoOrAbsent(row.lastUsedAt) },
});

/** @param url of a version, see `#core/datasets.ts` */
export const wireVersion = (row: DatasetVersionRow, url: string): WireVersion => ({
  datasetId: row.datasetId,
  datasetName: row.datasetName,
  datasetDescription: row.datasetDescription ?? undefined,
  workspaceId: row.workspaceId ?? undefined,
  version: row.version,
  fileName: row.fileName,
  fileSize: row.size,
  mediaType: row.mediaType,
  hasHeader: row.hasHeader,
  disabled: row.disabled,
  url,
  createdBy: wirePerson(row.creator),
  dateCreated: iso(row.createdAt),
  lastUpdated: iso(row.updatedAt),
});
