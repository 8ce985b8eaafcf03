/** Reading a pipeline's repository on the cluster, over the member's own channel. */
import { AppError, badRequest } from '#core/errors.ts';
import type { RemoteResult } from '#core/ports/cluster-access.ts';
import type { RepositoryQuery, RepositoryView } from '#core/ports/repositories.ts';
import type { CommandText } from '#core/ports/scheduler.ts';
import { answerLines, complaint, farSide } from '../far-side/far-side.ts';

const script = ['far-side/answer', 'files/repository'].map(farSide).join('');

const pathOf = (pipeline: string): string => pipeline.replace(/^file:(?:\/\/(?=\/))?/, '');

export const readRepository = ({ pipeline, revision, files }: RepositoryQuery): CommandText => ({
  argv: [
    'sh',
    '-s',
    pipeline.startsWith('file:') ? 'clone' : 'path',
    pathOf(pipeline),
    revision ?? '',
    ...files,
  ],
  stdin: script,
  timeoutMs: 30_000,
  maxOutputBytes: 8 * 1024 * 1024,
});

/** @throws AppError 400 where there is no such path or revision, 502 for an answer that is none */
export const parseRepository = (
  result: RemoteResult,
  { pipeline, revision }: RepositoryQuery,
): RepositoryView => {
  const lines = answerLines(result);
  const values = (key: string) => (lines ?? []).filter(([name]) => name === key).map(([, value]) => value);
  const [outcome] = values('outcome');
  if (outcome === 'missing')
    throw badRequest(`pipeline: there is no directory ${pipeline} on the cluster that your account can read`);
  if (outcome === 'revision')
    throw badRequest(`revision: ${revision ?? 'HEAD'} is no branch, tag or commit of ${pipeline}`, {
      field: 'revision',
    });
  if (outcome !== 'read')
    throw new AppError('host_unreachable', 502, `${pipeline} could not be read: ${complaint(result)}`);
  const files = values('file').map((value): [string, string] => {
    const at = value.lastIndexOf(' ');
    return [value.slice(0, at), Buffer.from(value.slice(at + 1), 'base64').toString('utf8')];
  });
  return {
    files: Object.fromEntries(files),
    commitId: values('commit')[0] ?? null,
    revisions: [...new Set(values('revision'))],
    defaultRevision: values('default')[0] || null,
  };
};
