/** Which answers may be remembered, and of whom. Whether they are ever too old: remembered-answers.real.test.ts. */
import { expect, test } from 'vitest';
import { listIdentities } from '#contract/identities.ts';
import { successOf } from '#contract/route.ts';
import { routes } from '#contract/routes.ts';
import { type Caller, systemCaller } from '#core/caller.ts';
import { createRememberedAnswers } from './remembered-answers.ts';

test('these routes, and no others: none with a clock, chance, memory or a cluster in its answer', () => {
  const remembered = routes.filter((route) => route.remembered);
  expect(remembered.map(({ operationId }) => operationId).toSorted()).toEqual([
    'DescribeComputeEnv',
    'DescribeCredentials',
    'DescribeManagedIdentity',
    'DescribeOrganization',
    'DescribeWorkspace',
    'ListComputeEnvs',
    'ListCredentials',
    'ListManagedCredentials',
    'ListManagedIdentities',
    'ListOrganizationCollaborators',
    'ListOrganizationMembers',
    'ListOrganizations',
    'ListWorkspaceParticipants',
    'ListWorkspaces',
    'ListWorkspacesUser',
  ]);
  for (const route of remembered) {
    const { method, permission, runTokens, emptyIs204 } = route;
    expect([method, runTokens, emptyIs204]).toEqual(['GET', undefined, undefined]);
    expect(permission).not.toBe('public');
    expect(successOf(route).answer).toBeTypeOf('object');
  }
});

const caller = (userId: number, tokenId: number | null = null): Caller => ({
  ...systemCaller('c'),
  userId,
  tokenId,
});
const url = '/api/identities';

test('an answer is for the same person with the same token at the same address, until the version changes', () => {
  let version = 1;
  const ask = createRememberedAnswers(() => version);
  const answerTo = (who: Caller, at = url) => ask(listIdentities, who, at)?.answer;
  const before = ask(listIdentities, caller(1, 5), url);
  before?.keep('one');
  expect(answerTo(caller(1, 5))).toBe('one');
  expect([answerTo(caller(1, 6)), answerTo(caller(1)), answerTo(caller(15)), answerTo(caller(2, 5))]).toEqual(
    Array(4).fill(undefined),
  );
  expect(answerTo(caller(1, 5), `${url}?max=1`)).toBeUndefined();
  version = 2;
  expect(answerTo(caller(1, 5))).toBeUndefined();
  before?.keep('asked before the change, answered after it');
  expect(answerTo(caller(1, 5))).toBeUndefined();
});

test('nothing is remembered of other routes, of nobody, of a run, or where the database does not say its version', () => {
  const ask = createRememberedAnswers(() => 1);
  const { remembered: _, ...other } = listIdentities;
  expect(ask(other, caller(1), url)).toBeUndefined();
  expect(ask(listIdentities, undefined, url)).toBeUndefined();
  expect(ask(listIdentities, { ...caller(1), reportsOn: 'run' }, url)).toBeUndefined();
  expect(createRememberedAnswers(undefined)(listIdentities, caller(1), url)).toBeUndefined();
});

test('the oldest make room, and what is too large is not kept', () => {
  const ask = createRememberedAnswers(() => 1, 10_000);
  const asked = (id: number) => ask(listIdentities, caller(id), url);
  asked(0)?.keep('x'.repeat(6_000));
  expect(asked(0)?.answer).toBeUndefined();
  for (let id = 1; id <= 5; id += 1)
    for (let again = 0; again < 3; again += 1) asked(id)?.keep('x'.repeat(1_000));
  expect([1, 2, 3, 4, 5].map((id) => asked(id)?.answer?.length)).toEqual([
    undefined,
    1_000,
    1_000,
    1_000,
    1_000,
  ]);
});
