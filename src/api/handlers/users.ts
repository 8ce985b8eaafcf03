/** Service info, the user who asks, and access tokens. */
import { maxScript } from '#contract/fields.ts';
import { info } from '#contract/service.ts';
import * as tokens from '#contract/tokens.ts';
import * as users from '#contract/users.ts';
import { maxDatasetBytes } from '#core/datasets.ts';
import { grantOf } from '#core/token-grants.ts';
import type { Actions, ApiSettings } from '../actions.ts';
import { type Binding, bind } from '../exchange.ts';
import { wirePlace, wireProfile, wireToken } from '../wire/people.ts';

/** Version of the contract: the widespread command line client warns below 1.198.0. */
const apiVersion = '1.198.0';

export const userHandlers = (actions: Actions, { version }: ApiSettings): Binding[] => [
  bind(info, () => ({
    serviceInfo: {
      version,
      apiVersion,
      authTypes: ['password'],
      loginPath: '/',
      logoutUrl: '/',
      userWorkspaceEnabled: true,
      allowLocalRepos: true,
      allowInstanceCredentials: false,
      allowNextflowCliLogs: false,
      heartbeatInterval: 60,
      launchConfigTextMaxSize: maxScript,
      launchParamsTextMaxSize: maxScript,
      contentMaxFileSize: maxDatasetBytes,
      seqeraCloud: false,
      waveEnabled: false,
      groundswellEnabled: false,
    },
  })),

  bind(users.userInfo, async ({ caller }) => wireProfile(await actions.users.profile(caller, caller.userId))),
  bind(users.describeUser, async ({ caller, params }) =>
    wireProfile(await actions.users.profile(caller, params.userId)),
  ),
  bind(users.updateUser, ({ caller, params, body }) =>
    actions.users.updateProfile(caller, params.userId, body),
  ),
  bind(users.deleteUser, ({ caller, params }) => actions.users.remove(caller, params.userId)),
  bind(users.validateUserName, ({ query }) => actions.users.validateName(query.name)),
  bind(users.userWorkspaces, async ({ caller, params }) => ({
    orgsAndWorkspaces: (await actions.users.places(caller, params.userId)).map(wirePlace),
  })),

  bind(tokens.listTokens, async ({ caller }) => ({
    tokens: (await actions.tokens.list(caller)).map(wireToken),
  })),
  bind(tokens.createToken, async ({ caller, body: { scope, orgId, workspaceId, ...wanted } }) => {
    const user = { id: caller.userId, userName: caller.userName };
    const walls = await actions.access.wallsOf(caller, { orgId, workspaceId });
    const grant = grantOf({ power: scope ?? null, ...walls });
    return { accessKey: await actions.tokens.issue(caller, user, { ...wanted, grant }) };
  }),
  bind(tokens.deleteAllTokens, ({ caller }) => actions.tokens.removeAll(caller)),
  bind(tokens.deleteToken, ({ caller, params }) => actions.tokens.remove(caller, params.tokenId)),
];
