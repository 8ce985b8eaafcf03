/** Of users, organisations, workspaces, tokens and the service itself. */
import type { Deviation } from './deviation.ts';

export const peopleDeviations: readonly Deviation[] = [
  {
    part: 'response',
    operations: ['CreateToken'],
    fields: ['token'],
    why: 'one declarative client crashes on any token object in this answer; accessKey alone works in all',
    page: 'client-terraform: tokens',
  },
  {
    part: 'response',
    operations: ['ListWorkspacesUser'],
    fields: ['workspaceId', 'workspaceName'],
    why: "null in an organisation's own row",
    page: 'wire-facts 3; client-tw: name look-up',
  },
  {
    part: 'response',
    fields: ['orgType', 'organization.type', 'organizations.type', 'paying'],
    why: 'what somebody pays for does not exist here',
    page: 'client-terraform: organisations (not read)',
  },
  {
    part: 'request',
    operations: ['UpdateOrganization'],
    fields: ['type', 'paying', 'logoId'],
    why: 'accepted and ignored: no payment here, logos come with the console',
    page: 'client-tw: organizations update (not sent)',
  },
  {
    part: 'request',
    operations: ['CreateOrganization'],
    fields: ['logoId'],
    why: 'accepted and ignored: logos come with the console',
    page: 'client-tw: organizations add (not sent)',
  },
  {
    part: 'response',
    fields: ['teamId', 'teamName', 'teamAvatarUrl'],
    why: 'teams follow in a later part',
    page: 'wire-facts 3',
  },
  {
    part: 'response',
    operations: ['TokenList'],
    fields: ['basicAuth'],
    why: 'a secret is shown once, when it is made',
    page: 'promises 25',
  },
  {
    part: 'response',
    operations: ['UserInfo'],
    fields: ['avatarId', 'marketingConsent', 'notification', 'termsOfUseConsent', 'waveBuildNotification'],
    why: 'nobody is asked for consent or sent notifications here',
    page: 'wire-facts 3',
  },
  {
    part: 'response',
    operations: ['Info'],
    fields: [
      'analytics',
      'contentUrl',
      'evalWorkspaceIds',
      'forgePrefix',
      'groundswellAllowedWorkspaces',
      'llmEnabled',
      'navbar',
      'seqeraAgentBackendUrl',
      'seqeraAiBaseUrl',
      'seqeraComputeEnabled',
      'termsOfUseUrl',
    ],
    why: 'of one hosted service; nobody is watched here',
    page: 'client-tw: info',
  },
];
