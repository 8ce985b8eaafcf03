/** An organisation with its owner and workspace `main`, and short ways to ask about its people. */
import type { Person, TestApi } from './api.ts';

type Method = Parameters<TestApi['call']>[0];

export const peopleHouse = async (api: TestApi) => {
  const olga = await api.organisation('acme', 'olga');
  const org = `/orgs/${olga.orgId}`;
  const workspace = `${org}/workspaces/${olga.workspaceId}`;
  const participants = `${workspace}/participants`;
  const ask = async (as: Pick<Person, 'token'>, method: Method, path: string, body?: unknown) => {
    const answer = await api.call(method, `/api${path}`, { as, body });
    return { status: answer.statusCode, body: answer.body === '' ? undefined : answer.json() };
  };
  return {
    olga,
    org,
    workspace,
    participants,
    roles: `/roles?orgId=${olga.orgId}`,
    ask,
    /** Number of a member, by user name. */
    memberOf: async ({ userName }: Pick<Person, 'userName'>): Promise<number> =>
      (await ask(olga, 'GET', `${org}/members?search=${userName}`)).body.members[0].memberId,
    /** What the list of participants answers first. */
    rowOf: async (search: string) =>
      (await ask(olga, 'GET', `${participants}?search=${search}`)).body.participants[0],
  };
};
