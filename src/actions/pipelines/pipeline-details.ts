/** Saved pipelines with what is shown beside them. */
import type { Caller, WorkspaceScope } from '#core/caller.ts';
import { notFound } from '#core/errors.ts';
import type { PipelineActions, PipelineAttribute, PipelineDetails } from '#core/ports/pipeline-actions.ts';
import type { PipelineRow, VersionHead } from '#core/ports/pipeline-store.ts';
import type { Store } from '#core/ports/store.ts';
import { contextOf, liesWithin } from '../context.ts';
import { findPipeline, sharingOrganisation } from './find-pipeline.ts';

type Stores = Pick<
  Store,
  'pipelines' | 'pipelineVersions' | 'workspaces' | 'members' | 'labels' | 'computeEnvs'
>;
type Entry = { pipeline: PipelineRow; version: VersionHead };

export const createPipelineDetails = (store: Stores) => {
  const withAttributes = async (
    entries: readonly Entry[],
    attributes: readonly PipelineAttribute[],
  ): Promise<PipelineDetails[]> => {
    const ids = [...new Set(entries.map(({ pipeline }) => pipeline.id))];
    const labels = attributes.includes('labels') ? await store.labels.of('pipeline', ids) : undefined;
    const environmentOf = async ({ pipeline, version }: Entry) => {
      if (!attributes.includes('computeEnv') || version.computeEnvId === null) return undefined;
      const found = await store.computeEnvs.find(version.computeEnvId);
      return found?.workspaceId === pipeline.workspaceId ? found : undefined;
    };
    const details: PipelineDetails[] = [];
    for (const entry of entries) {
      const computeEnv = await environmentOf(entry);
      details.push({
        ...entry,
        ...(labels && { labels: labels.get(String(entry.pipeline.id)) ?? [] }),
        ...(computeEnv && { computeEnv }),
      });
    }
    return details;
  };

  /** One that the caller may see, with its default version unless told. @throws AppError 404 */
  const of = async (
    id: number,
    versionId: string | undefined,
    attributes: readonly PipelineAttribute[],
  ): Promise<PipelineDetails> => {
    const pipeline = await store.pipelines.findRow(id);
    if (!pipeline) throw notFound('pipeline', id);
    const version =
      versionId === undefined || versionId === pipeline.version.id
        ? pipeline.version
        : await store.pipelineVersions.findHead(versionId);
    if (version?.pipelineId !== id) throw notFound('pipeline version', versionId ?? '');
    const [details] = await withAttributes([{ pipeline, version }], attributes);
    if (!details) throw notFound('pipeline', id);
    return details;
  };

  return { of, withAttributes };
};

type Looks = 'list' | 'describe' | 'versions';

export const createPipelineLooks = (store: Stores): Pick<PipelineActions, Looks> => {
  const { of, withAttributes } = createPipelineDetails(store);

  /** Another workspace's environment is nobody's business here. */
  const visible = (caller: Caller, scope: WorkspaceScope, details: PipelineDetails): PipelineDetails => {
    if (liesWithin(caller, scope, details.pipeline)) return details;
    const { computeEnv: _, ...shared } = details;
    return shared;
  };

  return {
    list: async (caller, scope, query, attributes) => {
      const { rows, totalSize } = await store.pipelines.list({
        ...contextOf(caller, scope),
        organisationId: await sharingOrganisation(store, caller, scope),
        ...query,
      });
      const entries = rows.map((pipeline) => ({ pipeline, version: pipeline.version }));
      const details = await withAttributes(entries, attributes);
      return { rows: details.map((one) => visible(caller, scope, one)), totalSize };
    },

    describe: async (caller, scope, id, attributes) => {
      await findPipeline(store, caller, scope, id);
      return visible(caller, scope, await of(id, undefined, attributes));
    },

    versions: async (caller, scope, id, query) => {
      await findPipeline(store, caller, scope, id);
      const { pipeline } = await of(id, undefined, []);
      const { rows, totalSize } = await store.pipelineVersions.list(id, query);
      return { rows: rows.map((version) => ({ pipeline, version })), totalSize };
    },
  };
};
