/** Saved pipelines, their versions and launches. */
import { pageOf } from '#contract/fields.ts';
import * as launches from '#contract/pipelines/launches.ts';
import * as pipelines from '#contract/pipelines/pipelines.ts';
import * as versions from '#contract/pipelines/versions.ts';
import type { QueryOf } from '#contract/route.ts';
import type { PipelineAttribute, PipelineListQuery } from '#core/ports/pipeline-actions.ts';
import { parseSearch } from '#core/search.ts';
import type { Actions } from '../actions.ts';
import { type Binding, bind } from '../exchange.ts';
import { wireLaunchRecord, wirePipeline } from '../wire/pipelines.ts';

const attributesOf = (named: readonly string[] | undefined): PipelineAttribute[] =>
  (['labels', 'computeEnv'] as const).filter((known) => named?.includes(known));

/** A single piece in double quotes is a name: the command line client looks pipelines up so. */
const pipelineSearch = (search: string | undefined) => {
  const { text, exact, keywords } = parseSearch(search, ['label', 'user', 'username']);
  const [userName] = [...(keywords.get('user') ?? []), ...(keywords.get('username') ?? [])];
  const labels = keywords.get('label');
  return {
    ...(exact === undefined ? text !== undefined && { search: text } : { name: exact }),
    ...(userName !== undefined && { userName }),
    ...(labels && { labels }),
  };
};

const order = { CREATED: 'createdAt', MODIFIED: 'updatedAt', NAME: 'name' } as const;

const listQuery = (query: QueryOf<typeof pipelines.listPipelines>): PipelineListQuery => {
  const { sortBy = 'NAME', sortDir = sortBy === 'NAME' ? 'ASCENDING' : 'DESCENDING' } = query;
  return {
    ...pageOf(query),
    ...pipelineSearch(query.search),
    visibility: query.visibility ?? 'private',
    sortBy: order[sortBy],
    descending: sortDir === 'DESCENDING',
  };
};

export const pipelineHandlers = ({ pipelines: actions }: Actions): Binding[] => [
  bind(pipelines.listPipelines, async ({ caller, scope, query }) => {
    const shown = attributesOf(query.attributes);
    const { rows, totalSize } = await actions.list(caller, scope, listQuery(query), shown);
    return { pipelines: rows.map(wirePipeline), totalSize };
  }),
  bind(pipelines.createPipeline, async ({ caller, scope, body }) => ({
    pipeline: wirePipeline(await actions.create(caller, scope, body)),
  })),
  bind(pipelines.validatePipelineName, ({ caller, scope, query }) =>
    actions.validateName(caller, scope, query.name ?? ''),
  ),
  bind(pipelines.listPipelineRepositories, async ({ caller, scope }) => ({
    pipelines: await actions.repositories(caller, scope),
  })),
  bind(pipelines.describePipeline, async ({ caller, scope, params, query }) => {
    const shown = attributesOf(query.attributes);
    return { pipeline: wirePipeline(await actions.describe(caller, scope, params.pipelineId, shown)) };
  }),
  bind(pipelines.updatePipeline, async ({ caller, scope, params, body }) => ({
    pipeline: wirePipeline(await actions.update(caller, scope, params.pipelineId, body)),
  })),
  bind(pipelines.deletePipeline, ({ caller, scope, params }) =>
    actions.remove(caller, scope, params.pipelineId),
  ),
  bind(pipelines.describePipelineLaunch, async ({ caller, scope, params, query }) => ({
    launch: wireLaunchRecord(
      await actions.launchOf(caller, scope, params.pipelineId, query.versionId),
      caller,
    ),
  })),

  bind(
    versions.listPipelineVersions,
    async ({ caller, scope, params, query: { search, isPublished, ...page } }) => {
      const { rows, totalSize } = await actions.versions(caller, scope, params.pipelineId, {
        ...pageOf(page),
        ...(search !== undefined && { search }),
        ...(isPublished !== undefined && { published: isPublished }),
      });
      return { versions: rows.map(wirePipeline), totalSize };
    },
  ),
  bind(versions.validatePipelineVersionName, ({ caller, scope, params, query }) =>
    actions.validateVersionName(caller, scope, params.pipelineId, query.name ?? ''),
  ),
  bind(versions.updatePipelineVersion, async ({ caller, scope, params, body }) => ({
    pipeline: wirePipeline(await actions.update(caller, scope, params.pipelineId, body, params.versionId)),
  })),
  bind(versions.managePipelineVersion, ({ caller, scope, params, body }) =>
    actions.manageVersion(caller, scope, params.pipelineId, params.versionId, body),
  ),

  bind(launches.describeLaunch, async ({ caller, scope, params }) => ({
    launch: wireLaunchRecord(await actions.describeLaunch(caller, scope, params.launchId), caller),
  })),
];
