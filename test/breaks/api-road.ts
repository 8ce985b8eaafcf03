/** The API of the main road: who asks, how it refuses, clusters and the rows of their keys. */
import type { Break } from './break.ts';

const refusals = { file: 'src/api/problems.ts', test: 'src/api/refusals.real.test.ts' };
const signIn = 'src/api/sign-in.real.test.ts';
const config = { file: 'src/core/grid-config.ts', test: 'src/core/grid-config.test.ts' };
const identities = {
  file: 'src/actions/clusters/identities.ts',
  test: 'src/actions/clusters/identities.real.test.ts',
};
const rows = { file: 'src/store/credential-rows.ts', test: 'src/store/credential-rows.real.test.ts' };

const people: readonly Break[] = [
  {
    ...refusals,
    keeps: 'an error is {message} and nothing that clients would trip over',
    from: 'return { ...(extra.success && extra.data), ...forWes, message };',
    to: 'return { ...(extra.success && extra.data), ...forWes, status, message };',
    named: 'are always',
  },
  {
    ...refusals,
    keeps: 'our own failure shows a reference, not what went wrong',
    from: '`Something went wrong here. Tell the operator the reference ${request.id}`',
    to: '`${String(error)}. Tell the operator the reference ${request.id}`',
    named: 'our own failure',
  },
  {
    ...refusals,
    keeps: 'who is not known is told how to say who they are',
    from: `if (error.status === 401) void reply.header('www-authenticate'`,
    to: `if (error.status === 403) void reply.header('www-authenticate'`,
    named: 'are always',
  },
  {
    keeps: 'an altered access token opens nothing',
    file: 'src/actions/sign-in/tokens.ts',
    from: 'if (!token || !matches) return undefined;',
    to: 'if (!token) return undefined;',
    test: signIn,
    named: "another's token",
  },
  {
    keeps: "nobody deletes another's access token",
    file: 'src/actions/sign-in/tokens.ts',
    from: "if (token?.userId !== caller.userId) throw notFound('access token', id);",
    to: "if (!token) throw notFound('access token', id);",
    test: signIn,
    named: "another's token",
  },
  {
    keeps: 'an access token is taken as Basic with user @token too',
    file: 'src/api/authenticate.ts',
    from: "return decoded.startsWith('@token:') ? decoded.slice('@token:'.length) : undefined;",
    to: 'return decoded === scheme ? decoded : undefined;',
    test: signIn,
    named: 'Basic with user',
  },
  {
    keeps: 'passwords are kept by argon2id',
    file: 'src/vault/password.ts',
    from: "const hash = await derive('argon2id', {",
    to: "const hash = await derive('argon2i', {",
    test: 'src/vault/password.test.ts',
  },
  {
    keeps: 'time does not tell which users exist',
    file: 'src/vault/password.ts',
    from: "  const [, m, t, p, salt = ''",
    to: "  if (known === null) return false;\n  const [, m, t, p, salt = ''",
    test: 'src/vault/password.test.ts',
  },
  {
    keeps: 'clients find an organisation in a row of its own',
    file: 'src/actions/people/users.ts',
    from: '      if (reachesWholeOrganisation(grant, organisation.id))\n        found',
    to: '      if (reachesWholeOrganisation(grant, organisation.id) && grant)\n        found',
    test: 'test/clients/tw/look-up.real.test.ts',
    named: 'names are found',
  },
  {
    keeps: 'the version is one that the command line client accepts',
    file: 'src/api/handlers/users.ts',
    from: "const apiVersion = '1.198.0';",
    to: "const apiVersion = '1.181.0';",
    test: 'test/clients/tw/look-up.real.test.ts',
    named: 'info',
  },
];

const clusters: readonly Break[] = [
  {
    ...identities,
    keeps: 'the name of an identity is letters, digits, dash and underscore',
    from: "      checkName('name', input.name);\n      checkSettings",
    to: '      checkSettings',
    named: 'names: 400',
  },
  {
    ...identities,
    keeps: 'a change of host and port alone leaves the rest of a configuration',
    from: '...(patch.config ?? identity.config),',
    to: '...patch.config,',
    named: 'hostName and port alone',
  },
  {
    ...config,
    keeps: "an environment's fields override its identity's where they are set",
    from: '{ ...identity, ...own, discriminator',
    to: '{ ...own, ...identity, discriminator',
  },
  {
    ...config,
    keeps: "an empty field of an environment leaves the identity's",
    from: "value !== undefined && value !== null && value !== ''",
    to: 'value !== undefined && value !== null',
  },
  {
    ...config,
    keeps: 'a false and a zero are values',
    from: "value !== undefined && value !== null && value !== ''",
    to: 'Boolean(value)',
  },
  {
    ...config,
    keeps: "an environment never points members' keys at another host",
    from: "for (const field of ['hostName', 'port', 'userName', 'jumpHosts'] as const) {",
    to: "for (const field of ['port', 'userName', 'jumpHosts'] as const) {",
  },
  {
    ...config,
    keeps: 'variables of identity and environment are merged by name',
    from: '  for (const variable of environment.environment ?? []) variables.set(variable.name, variable);\n',
    to: '',
  },
  {
    ...rows,
    keeps: 'is:missing and is:added filter the rows',
    from: "  if (query.state !== 'missing') {\n",
    to: '  if (query.max > 0) {\n',
    named: 'filters',
  },
  {
    ...rows,
    keeps: 'userId filters the rows',
    from: "  if (userId !== undefined) query = query.where('members.userId', '=', userId);\n",
    to: '',
    named: 'filters',
  },
  {
    ...rows,
    keeps: 'pages of rows fit together',
    from: '.limit(limit).offset(skip)',
    to: '.limit(limit)',
    named: 'pages',
  },
  {
    ...rows,
    keeps: "the caller's own row comes first",
    from: 'else if (own && query.max > 0) page.push(own.userId);',
    to: 'else if (own && query.max > 0 && own.hasKey) page.unshift();',
    named: 'own entry first',
  },
];

export const breaks: readonly Break[] = [...people, ...clusters];
