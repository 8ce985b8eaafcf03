/** Datasets: tables (CSV, TSV) that runs take as input. Each upload is a version that never changes any more. */
import { badRequest } from './errors.ts';

export interface Dataset {
  id: string;
  /** null: of a person. */
  workspaceId: number | null;
  organisationId: number;
  /** Who made it; of a person: whose it is. */
  userId: number;
  updatedBy: number;
  name: string;
  description: string | null;
  /** Of all its versions; null until there is one. */
  mediaType: string | null;
  /** Number of the newest version, 0 until there is one. */
  lastVersion: number;
  /** Left out of lists unless asked for. */
  hidden: boolean;
  createdAt: number;
  updatedAt: number;
}

export interface DatasetVersion {
  datasetId: string;
  version: number;
  /** Who uploaded it. */
  userId: number;
  /** As it was uploaded. */
  fileName: string;
  mediaType: string;
  size: number;
  hasHeader: boolean;
  /** For new runs no more; for good. */
  disabled: boolean;
  sha256: string;
  /** Names its pieces. */
  upload: string;
  createdAt: number;
  updatedAt: number;
}

/** A version as a run uses it, fixed at its launch. */
export interface RunDataset {
  datasetId: string;
  version: number;
  upload: string;
  sha256: string;
  size: number;
  /** As it stands in the parameters. */
  url: string;
  /** Where it lies below the run's directory; the same for all runs of a session, so that a resume finds what it knows. */
  path: string;
}

export const maxDatasets = 1_000;
export const maxVersions = 100;
export const maxDatasetBytes = 10 * 1024 * 1024;
/** Contents are kept, read and sent in pieces of this size, the last one apart. */
export const pieceBytes = 256 * 1024;

const mediaTypes: Record<string, string> = { csv: 'text/csv', tsv: 'text/tab-separated-values' };

const otherTables = /\.(xlsx?|xlsm|xlsb|ods|numbers)$/i;

/** @throws AppError 400 with the cure */
export const mediaTypeOf = (fileName: string): string => {
  const ending = /\.([a-z]+)$/i.exec(fileName)?.[1]?.toLowerCase() ?? '';
  const known = mediaTypes[ending];
  if (known) return known;
  const cure = otherTables.test(fileName)
    ? 'this is a workbook: save its sheet as CSV (UTF-8) or as tab-separated text, and upload that'
    : 'datasets are .csv or .tsv files: name it so';
  throw badRequest(`file: ${cure}`, { field: 'file' });
};

/** A name that may stand in a path, in JSON and in YAML as it is. */
export const plainFileName = (fileName: string): string =>
  fileName.replaceAll(/[^A-Za-z0-9._-]/g, '_').replace(/^[.-]/, '_');

/** Where a version is downloaded; in a run's parameters it stands for the file itself. */
export const versionUrl = (
  publicUrl: string,
  version: Pick<DatasetVersion, 'datasetId' | 'version' | 'fileName'> & { workspaceId: number | null },
): string => {
  const { workspaceId, datasetId, fileName } = version;
  const place = workspaceId === null ? '' : `/workspaces/${workspaceId}`;
  return `${publicUrl}/api${place}/datasets/${datasetId}/v/${version.version}/n/${encodeURIComponent(fileName)}`;
};
