/** What real clients cannot read, wherever in an answer it stands: one such value kills the whole answer. */
import { platforms } from '#core/platforms.ts';

const wholeNumbers = new Set([
  'orgId',
  'workspaceId',
  'memberId',
  'teamId',
  'participantId',
  'pipelineId',
  'taskId',
  'port',
  'maxQueueSize',
  'totalSize',
  'total',
  'ownerId',
  'membersCount',
  'managedCredentialsId',
]);
/** Things whose own id is a number; all others' is a text. */
const numbered =
  /(?:^|\.)(?:user|label|labels|workspace|workspaces|token|tokens|task|tasks\.task|managedIdentity|managedIdentities|managedCredentials|pipelineSecret|pipelineSecrets)\.id$/;
const booleans = new Set([
  'primary',
  'resume',
  'resource',
  'pullLatest',
  'stubRun',
  'deleted',
  'starred',
  'hasMore',
]);
const moments = /^(?:date[A-Z]\w*|last[A-Z]\w*|submit|start|complete|timestamp)$/;
const withOffset = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)$/;

const statuses: [RegExp, readonly string[]][] = [
  [/(?:^|\.)credentials\.status$/, ['AVAILABLE', 'INVALID']],
  [
    /(?:^|\.)computeEnvs?\.status$/,
    ['CREATING', 'AVAILABLE', 'DISABLED', 'DELETING', 'DELETED', 'ERRORED', 'INVALID'],
  ],
  [/(?:^|\.)workflow\.status$/, ['SUBMITTED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED', 'UNKNOWN']],
  [/(?:^|\.)task\.status$/, ['NEW', 'SUBMITTED', 'RUNNING', 'CACHED', 'COMPLETED', 'FAILED', 'ABORTED']],
  [/(?:^|\.)members?\.role$/, ['owner', 'member', 'collaborator']],
  [/(?:^|\.)participants?\.type$/, ['MEMBER', 'TEAM', 'COLLABORATOR']],
  [/(?:^|\.)(?:credentials|managedCredentials)\.provider$/, ['ssh']],
  [/(?:^|\.)config\.discriminator$/, platforms],
  [/(?:^|\.)keys\.discriminator$/, ['ssh']],
];

const problemOf = (path: string, key: string, value: unknown): string | undefined => {
  if (value === null) return undefined;
  const isNumber = wholeNumbers.has(key) || numbered.test(path);
  if (isNumber && !Number.isInteger(value)) return 'is not a whole number';
  if (key === 'id' && !isNumber && typeof value !== 'string' && typeof value !== 'number') return 'is no id';
  if (booleans.has(key) && typeof value !== 'boolean') return 'is not a boolean';
  if (moments.test(key) && typeof value === 'string' && !withOffset.test(value)) return 'has no offset';
  for (const [where, known] of statuses)
    if (where.test(path) && !known.some((one) => one === value)) return `is none of ${known.join(', ')}`;
  return undefined;
};

/** `path: what is wrong`, for all that is. */
export const unreadable = (answer: unknown): string[] => {
  const found: string[] = [];
  const visit = (value: unknown, path: string): void => {
    if (Array.isArray(value)) {
      for (const element of value) visit(element, path);
      return;
    }
    if (typeof value !== 'object' || value === null) return;
    const name = path.split('.').at(-1);
    if ((name === 'config' || name === 'keys') && !('discriminator' in value))
      found.push(`${path}: has no discriminator`);
    for (const [key, field] of Object.entries(value)) {
      const here = path === '' ? key : `${path}.${key}`;
      const problem = problemOf(here, key, field);
      if (problem) found.push(`${here}: ${JSON.stringify(field)} ${problem}`);
      visit(field, here);
    }
  };
  visit(answer, '');
  return found;
};
