/** Of keys, identities, platforms and compute environments. */
import type { Deviation } from './deviation.ts';

export const clusterDeviations: readonly Deviation[] = [
  {
    part: 'response',
    operations: ['ListCredentials'],
    fields: ['credentials.keys'],
    why: 'lists carry no keys: clients fail on them',
    page: 'rulings: credentials; client-tw: rules, 4',
  },
  {
    part: 'response',
    fields: ['keys.privateKey', 'keys.passphrase'],
    why: 'keys go in and never out',
    page: 'wire-facts 1; promises 1',
  },
  {
    part: 'response',
    operations: ['ListManagedCredentials'],
    fields: ['managedCredentialsId'],
    why: 'null for a member whose credential is missing',
    page: 'wire-facts 1',
  },
  {
    part: 'response',
    operations: ['DescribeComputeEnv', 'DescribeWorkflowLaunch', 'DescribeLaunch', 'DescribePipelineLaunch'],
    fields: ['computeEnv.managedIdentityId'],
    why: 'null beside a workspace credential',
    page: 'client-terraform: compute environments',
  },
  {
    part: 'request',
    operations: [
      'CreateCredentials',
      'UpdateCredentials',
      'CreateManagedCredentials',
      'UpdateManagedCredentials',
    ],
    fields: ['credentials.baseUrl', 'credentials.category'],
    why: 'accepted and ignored: they belong to Git and registry credentials',
    page: 'wire-facts 2',
  },
  {
    part: 'request',
    operations: ['CreateManagedCredentials', 'UpdateManagedCredentials'],
    fields: ['credentials.name', 'credentials.description'],
    why: "accepted and ignored: a managed credential is known by its member's number",
    page: 'wire-facts 1',
  },
  {
    part: 'query',
    operations: ['CreateCredentials', 'UpdateCredentials'],
    fields: ['useExternalId'],
    why: 'accepted and ignored: of cloud keys',
    page: 'wire-facts 2',
  },
  {
    part: 'response',
    operations: ['DescribeCredentials'],
    fields: ['setupSnippet'],
    why: 'of cloud keys',
    page: 'wire-facts 2',
  },
  {
    part: 'response',
    operations: ['DescribePlatform'],
    fields: ['metainfo'],
    why: 'what clouds offer; a grid platform has a discriminator and nothing of these',
    page: 'architecture: what the product is for',
  },
  {
    part: 'query',
    operations: ['DescribePlatform'],
    fields: ['sched', 'nvme'],
    why: 'of one cloud; accepted and ignored',
    page: 'architecture: what the product is for',
  },
];
