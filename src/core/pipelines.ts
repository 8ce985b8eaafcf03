/** Saved pipelines: a name for a launch, and its versions. A version's launch never changes: runs refer to it. */
import { badRequest } from './errors.ts';
import type { LaunchRequest } from './runs.ts';

export interface Pipeline {
  id: number;
  /** Of the workspace; 0 in a personal context. */
  organisationId: number;
  workspaceId: number | null;
  /** Who saved it; the owner of the personal context. */
  userId: number;
  name: string;
  description: string | null;
  /** Address of a picture. */
  icon: string | null;
  /** The version that is meant where nobody says which. */
  defaultVersionId: string;
  createdAt: number;
  updatedAt: number;
}

export interface PipelineVersion {
  id: string;
  pipelineId: number;
  /** Who made it: the author of its scripts. */
  userId: number;
  /** null: a draft, which can be launched and cannot be the default. */
  name: string | null;
  /** What a launch names to be one of this version. */
  launchId: string;
  /** null: the primary environment of whoever launches. */
  computeEnvId: string | null;
  launch: LaunchRequest;
  /** Of launch and environment: equal ones make no new version. */
  hash: string;
  createdAt: number;
  updatedAt: number;
}

const versionName = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9])?$/;

/** @throws AppError 400 naming the field and the rule */
export const checkVersionName = (field: string, name: string): string => {
  if (versionName.test(name)) return name;
  throw badRequest(
    `${field}: use 1 to 100 letters, digits, dots, dashes and underscores, beginning and ending with a letter or digit`,
    { field },
  );
};

/** `rnaseq-3` → `rnaseq-4`; the first one that is not taken. */
export const nextVersionName = (current: string, taken: ReadonlySet<string>): string => {
  const [, base = current, digits = '1'] = /^(.+)-(\d{1,6})$/.exec(current) ?? [];
  let number = Number(digits);
  let name: string;
  do {
    number += 1;
    name = `${base.slice(0, 92)}-${number}`;
  } while (taken.has(name));
  return name;
};
