/** An access token for the time of one command: in no state, revoked at its end. */
import { isProblem } from '#client/problem.ts';
import { createToken, deleteToken } from '#contract/tokens.ts';
import { tokenPowers } from '#core/token-grants.ts';
import { defineEphemeral } from '../resource.ts';
import { given } from '../resources/given.ts';
import { choice, number, text } from '../schema/attribute.ts';
import { positive, said } from '../schema/rules.ts';

/** A token names its own number in clear. */
const numberOf = (token: string): number | null => {
  const found = /^\{"tid":(\d+)\}/.exec(Buffer.from(token, 'base64').toString('latin1'));
  return found ? Number(found[1]) : null;
};

export const token = defineEphemeral({
  noun: 'token',
  section: 'People',
  attributes: {
    name: text({ required: true, check: said(), description: 'Name that the list of tokens shows.' }),
    days: number({
      optional: true,
      check: positive,
      description: 'It ends after so many days, should it not be revoked. Default: 1.',
    }),
    scope: choice(tokenPowers, {
      optional: true,
      description: 'What it may do at most. Default: all that its user may.',
    }),
    org_id: number({ optional: true, check: positive, description: 'It reaches this organisation alone.' }),
    workspace_id: number({
      optional: true,
      check: positive,
      description: 'It reaches this workspace alone.',
    }),
    token_id: number({ description: 'Its number.' }),
    access_token: text({ sensitive: true, description: 'The token itself.' }),
  },
  description: `An access token of whose token the provider uses, made for the time of one plan or apply and revoked at its end. It is in no state and no plan; give it to providers, provisioners and write-only attributes.`,
  example: `ephemeral "PREFIX_token" "ci" {
  name = "terraform"
  days = 1
}

provider "http" {
  headers = { Authorization = "Bearer \${ephemeral.PREFIX_token.ci.access_token}" }
}`,
  scope: [['name']],
  open: async (context, config) => {
    const { accessKey } = await context.call(createToken, {
      body: {
        name: config.name ?? '',
        days: config.days ?? 1,
        ...given({
          scope: config.scope as (typeof tokenPowers)[number] | null,
          orgId: config.org_id,
          workspaceId: config.workspace_id,
        }),
      },
    });
    const id = numberOf(accessKey);
    return { result: { ...config, token_id: id, access_token: accessKey }, held: String(id ?? '') };
  },
  close: async (context, held) => {
    if (held === '') return;
    await context.call(deleteToken, { params: { tokenId: held } }).catch((error: unknown) => {
      if (!isProblem(error, 404)) throw error;
    });
  },
});
