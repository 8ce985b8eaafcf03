/**
 * What is in a pipeline's repository, before anything runs. An address is read from here; a path lies on the cluster,
 * and is read there as the member who asks, over their own channel.
 */
import { parse } from 'yaml';
import { type Caller, scopeAllows, type WorkspaceScope } from '#core/caller.ts';
import { badRequest, conflict, forbidden } from '#core/errors.ts';
import { isPathWithin } from '#core/names.ts';
import { configFacts } from '#core/nextflow-config.ts';
import type { ClusterAccess, ClusterTarget, RemoteResult } from '#core/ports/cluster-access.ts';
import type { ReadHosted, RepositoryQuery, RepositoryView } from '#core/ports/repositories.ts';
import type { CommandText } from '#core/ports/scheduler.ts';
import type { Store } from '#core/ports/store.ts';
import type { LaunchRequest } from '#core/runs.ts';
import type { Targets } from '../clusters/cluster-target.ts';
import { findEnvironment, findWay, type WayDeps } from '../launch/launch-way.ts';
import { findPipeline, findVersion } from './find-pipeline.ts';

export interface RepositoryDeps extends WayDeps {
  store: WayDeps['store'] & Pick<Store, 'pipelines' | 'pipelineVersions' | 'workspaces' | 'members'>;
  clusters: Pick<ClusterAccess, 'run'>;
  targets: Pick<Targets, 'forManaged' | 'forWorkspace'>;
  readHosted: ReadHosted;
  /** On the cluster. */
  files: {
    read(query: RepositoryQuery): CommandText;
    parse(result: RemoteResult, query: RepositoryQuery): RepositoryView;
  };
}

export interface RepositoryInfo extends Omit<RepositoryView, 'files'> {
  name: string;
  provider: string;
  manifest: Record<string, string>;
  profiles: string[];
  configFiles: string[];
  warnings: string[];
}

/** Where the path was saved, and the environment that was saved with it. */
interface SavedPath {
  isOwn: boolean;
  computeEnvId?: string;
}

const isPath = (pipeline: string): boolean => /^(\/|\.|~|\$|file:)/.test(pipeline);

const providers: [RegExp, string][] = [
  [/(^|\.)github\./, 'github'],
  [/(^|\.)gitlab\./, 'gitlab'],
  [/(^|\.)bitbucket\./, 'bitbucket'],
  [/(^|\.)gitea\./, 'gitea'],
];

const providerOf = (pipeline: string): string => {
  if (isPath(pipeline)) return 'local';
  const host = URL.canParse(pipeline) ? new URL(pipeline).hostname : 'github.com';
  return providers.find(([pattern]) => pattern.test(host))?.[1] ?? 'git';
};

/** Parameters that a launch has, JSON or YAML, over the defaults of the schema; as JSON. */
const paramsOf = (schema: string, paramsText: string | undefined): string => {
  const found: Record<string, unknown> = {};
  const visit = (part: unknown): void => {
    if (typeof part !== 'object' || part === null) return;
    const { properties, definitions, $defs } = part as Record<string, unknown>;
    for (const [name, field] of Object.entries(properties ?? {}))
      if (field?.default !== undefined) found[name] = field.default;
    for (const group of [...Object.values(definitions ?? {}), ...Object.values($defs ?? {})]) visit(group);
  };
  try {
    visit(JSON.parse(schema));
  } catch {
    // A schema that is no JSON has no defaults; it is shown as it is.
  }
  try {
    const given: unknown = paramsText ? parse(paramsText) : undefined;
    if (typeof given === 'object' && given !== null) Object.assign(found, given);
  } catch {
    // Parameters that cannot be read are Nextflow's to refuse.
  }
  return JSON.stringify(found);
};

export const createRepositoryActions = (deps: RepositoryDeps) => {
  const { store, clusters, targets } = deps;

  /** As the member, with the key that a launch would use. @throws AppError 403, 409 */
  const targetOf = async (
    caller: Caller,
    scope: WorkspaceScope,
    computeEnvId: string | undefined,
    saved: SavedPath | null,
  ): Promise<ClusterTarget> => {
    const environment = await findEnvironment(deps, caller, scope, computeEnvId);
    const way = await findWay(deps, caller, environment);
    if (way.credential.kind === 'managed') {
      const credential = await store.managedCredentials.findById(way.credential.id);
      if (!credential || !way.identity) throw conflict('The SSH key for this was deleted just now');
      return targets.forManaged(way.identity, credential);
    }
    // What the shared key opens is for those who launch with it, and for what this workspace has saved itself.
    if (saved && !(saved.isOwn && scopeAllows(scope, 'workflow:execute')))
      throw forbidden(
        saved.isOwn
          ? 'The repository of this pipeline cannot be read with the shared SSH key of this workspace: your role here may not launch'
          : 'The repository of this pipeline cannot be read with the shared SSH key of this workspace: the pipeline belongs to another one',
      );
    if (!saved && !scopeAllows(scope, 'workflow_quick:execute'))
      throw forbidden(
        'name: your role in this workspace may not look at paths on the cluster with its shared SSH key; save the pipeline first',
      );
    const credential = await store.credentials.find(way.credential.id);
    if (!credential) throw conflict('The SSH key for this was deleted just now');
    return targets.forWorkspace(environment, credential);
  };

  const read = async (
    caller: Caller,
    scope: WorkspaceScope,
    query: RepositoryQuery,
    saved: SavedPath | null,
  ): Promise<RepositoryView> => {
    if (!isPath(query.pipeline)) return deps.readHosted(query);
    const target = await targetOf(caller, scope, saved?.computeEnvId, saved);
    return deps.files.parse(
      await clusters.run(target, { ...deps.files.read(query), kind: 'repository' }),
      query,
    );
  };

  const wanted = ({ commitId, revision }: Pick<LaunchRequest, 'commitId' | 'revision'>) =>
    commitId ?? revision;

  return {
    /** null: the repository has none. @throws AppError with a sentence where it cannot be read */
    async schema(
      caller: Caller,
      scope: WorkspaceScope,
      id: number,
      versionId: string | undefined,
    ): Promise<{ schema: string; params: string } | null> {
      const pipeline = await findPipeline(store, caller, scope, id);
      const { launch, computeEnvId } = await findVersion(store, pipeline, versionId);
      const file = launch.schemaName ?? 'nextflow_schema.json';
      if (!isPathWithin(file))
        throw badRequest(`schemaName: "${file}" is no path within the repository`, { field: 'schemaName' });
      const isOwn = pipeline.workspaceId === scope.workspaceId;
      const query = { pipeline: launch.pipeline, revision: wanted(launch), files: [file] };
      const { files } = await read(caller, scope, query, {
        isOwn,
        ...(isOwn && computeEnvId !== null && { computeEnvId }),
      });
      const schema = files[file];
      return schema === undefined ? null : { schema, params: paramsOf(schema, launch.paramsText) };
    },

    /** @throws AppError with a sentence where it cannot be read */
    async info(
      caller: Caller,
      scope: WorkspaceScope,
      { name, revision, mainScript }: { name: string; revision?: string; mainScript?: string },
    ): Promise<RepositoryInfo> {
      const files = ['nextflow.config', mainScript ?? 'main.nf'];
      const view = await read(caller, scope, { pipeline: name, revision, files }, null);
      const { manifest, profiles } = configFacts(view.files['nextflow.config'] ?? '');
      const script = mainScript ?? manifest['mainScript'] ?? 'main.nf';
      const isThere = script in view.files || !files.includes(script);
      return {
        name,
        provider: providerOf(name),
        manifest,
        profiles,
        configFiles: 'nextflow.config' in view.files ? ['nextflow.config'] : [],
        commitId: view.commitId,
        revisions: view.revisions,
        defaultRevision: revision ?? view.defaultRevision,
        warnings: isThere ? [] : [`There is no ${script} in ${name}`],
      };
    },
  };
};

export type RepositoryActions = ReturnType<typeof createRepositoryActions>;
