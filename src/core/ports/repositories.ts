/** Port: what can be read of a pipeline's repository, on its Git host (`src/git`) or on the cluster (`src/schedulers`). */

export interface RepositoryQuery {
  /** Address, or path on the cluster. */
  pipeline: string;
  /** Branch, tag or commit; absent: the default branch. */
  revision?: string | undefined;
  /** Paths within the repository. */
  files: readonly string[];
}

export interface RepositoryView {
  /** Content of those of the files that are there. */
  files: Record<string, string>;
  commitId: string | null;
  /** Branches and tags. */
  revisions: string[];
  defaultRevision: string | null;
}

/** @throws AppError `host_*` with a sentence that says why it cannot be read */
export type ReadHosted = (query: RepositoryQuery) => Promise<RepositoryView>;
