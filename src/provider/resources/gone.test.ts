/** What counts as deleted: the server's own word alone, for whatever is taken for gone is made anew. */
import { expect, test } from 'vitest';
import { ClientProblem, type ProblemKind } from '#client/problem.ts';
import { orGone, stillThere } from './gone.ts';

const answered = (status: number, kind: ProblemKind = 'refused') =>
  Promise.reject(new ClientProblem('Unknown workspace: 5', { kind, status }));

test('gone is what the server does not know', async () => {
  expect(await orGone(answered(404))).toBeNull();
  expect(await orGone(Promise.resolve('there'))).toBe('there');
});

test.each<[number, ProblemKind]>([
  [403, 'refused'],
  [404, 'unintelligible'],
  [0, 'unreachable'],
])('%i, %s: not known to be gone', async (status, kind) => {
  await expect(orGone(answered(status, kind))).rejects.toThrow(ClientProblem);
});

test('what has just been made must be there', () => {
  expect(stillThere('there', 'id', 'workspace')).toBe('there');
  expect(() => stillThere(null, 'id', 'workspace')).toThrow('The workspace is gone again');
});
