/** What is in a pipeline's repository. */

import type { RepositoryInfo } from '#actions/pipelines/repositories.ts';
import * as repositories from '#contract/pipelines/repositories.ts';
import type { AnswerBody } from '#contract/route.ts';
import type { Actions } from '../actions.ts';
import { type Binding, bind } from '../exchange.ts';

const wireInfo = (
  info: RepositoryInfo,
): AnswerBody<typeof repositories.describePipelineRepository>['pipelineInfo'] => {
  const project = info.name.replace(/^\w+:\/\/[^/]+\//, '').replace(/(\.git)?\/?$/, '');
  const isAddress = /^https?:/.test(info.name);
  const url = isAddress || info.provider === 'local' ? info.name : `https://github.com/${info.name}`;
  return {
    projectName: project,
    simpleName: project.split('/').at(-1) ?? project,
    repositoryUrl: url,
    cloneUrl: url,
    provider: info.provider,
    configFiles: info.configFiles,
    workDirs: [],
    revisions: info.revisions,
    profiles: info.profiles,
    manifest: info.manifest,
    warnings: info.warnings,
    revisionName: info.defaultRevision ?? undefined,
    commitId: info.commitId ?? undefined,
  };
};

export const repositoryHandlers = ({ repositories: actions }: Actions): Binding[] => [
  bind(
    repositories.describePipelineRepository,
    async ({ caller, scope, query: { workspaceId: _, ...query } }) => ({
      pipelineInfo: wireInfo(await actions.info(caller, scope, query)),
    }),
  ),
  bind(repositories.describePipelineSchema, async ({ caller, scope, params, query }) => {
    const found = await actions.schema(caller, scope, params.pipelineId, query.versionId);
    if (found === null) return null;
    return { schema: found.schema, ...(query.attributes?.includes('params') && { params: found.params }) };
  }),
];
