/** Both databases for tests of the store and of what stands on it, and records to put into them. */
import { afterAll, afterEach, beforeAll, describe } from 'vitest';
import type { AuditEvent } from '#core/audit.ts';
import type {
  ComputeEnv,
  HostKey,
  ManagedCredential,
  ManagedIdentity,
  WorkspaceCredential,
} from '#core/clusters.ts';
import { newLongId, newRunId } from '#core/ids.ts';
import type { Member, Organisation, User, Workspace } from '#core/people.ts';
import type { Store } from '#core/ports/store.ts';
import { newRun, type Run } from '#core/runs.ts';
import { openStore } from '#store/open.ts';
import { type DatabaseServer, servers } from './database-servers.ts';

export interface Databases {
  name: 'SQLite' | 'PostgreSQL';
  /** A new database with the newest schema, and nothing in it. */
  url(): Promise<string>;
  /** A new one that not even has tables. */
  bare(): Promise<string>;
  /** A store on a new database, or on the one given; closed after the test. */
  open(url?: string): Promise<Store>;
}

/** Runs the same tests on both databases. */
export const onBothDatabases = (tests: (databases: Databases) => void): void => {
  describe.each(['SQLite', 'PostgreSQL'] as const)('%s', (name) => {
    let server: DatabaseServer;
    const opened: Store[] = [];
    const url = () => server.url();
    beforeAll(async () => {
      server = await servers[name]();
    });
    afterEach(async () => {
      await Promise.all(opened.splice(0).map((store) => store.close()));
    });
    afterAll(() => server.stop());
    tests({
      name,
      url,
      bare: () => server.bare(),
      open: async (at) => {
        const store = await openStore({ url: at ?? (await url()) });
        opened.push(store);
        return store;
      },
    });
  });
};

type Given<Fields> = Partial<Omit<Fields, 'id'>>;

export const addUser = (store: Pick<Store, 'users'>, given: Given<User> = {}): Promise<User> => {
  const userName = given.userName ?? `user-${newRunId()}`;
  return store.users.insert({
    userName,
    email: `${userName}@example.org`,
    firstName: null,
    lastName: null,
    organization: null,
    description: null,
    defaultWorkspaceId: null,
    passwordHash: null,
    createdAt: 1_000,
    lastAccessAt: null,
    deletedAt: null,
    ...given,
  });
};

export const addOrganisation = (store: Store, name = `org-${newRunId()}`): Promise<Organisation> =>
  store.organisations.insert({
    name,
    fullName: name,
    description: null,
    location: null,
    website: null,
    createdAt: 1_000,
    deletedAt: null,
  });

export const addWorkspace = (store: Store, organisationId: number, name = 'main'): Promise<Workspace> =>
  store.workspaces.insert({
    organisationId,
    name,
    fullName: name,
    description: null,
    visibility: 'PRIVATE',
    createdAt: 1_000,
    deletedAt: null,
  });

export const addMember = async (
  store: Store,
  organisationId: number,
  given: Given<User> & { role?: Member['role'] } = {},
): Promise<{ user: User; member: Member }> => {
  const { role = 'member', ...person } = given;
  const user = await addUser(store, person);
  return {
    user,
    member: await store.members.insert({ organisationId, userId: user.id, role, createdAt: 1_000 }),
  };
};

const config = { discriminator: 'slurm-platform', hostName: 'login.example.org' } as const;

export const anIdentity = (
  organisationId: number,
  updatedBy: number,
  given: Given<ManagedIdentity> = {},
): Omit<ManagedIdentity, 'id'> => ({
  organisationId,
  name: 'cluster',
  platform: 'slurm-platform',
  config,
  requireChecked: true,
  allowedSystemUsers: ['svc'],
  blockedReason: null,
  budget: {},
  suspension: null,
  updatedBy,
  createdAt: 1_000,
  updatedAt: 1_000,
  ...given,
});

export const key = {
  type: 'ssh-ed25519',
  bits: 256,
  fingerprint: 'SHA256:abc',
  publicKey: 'ssh-ed25519 AAAA',
};

export const aManagedCredential = (
  identity: { id: number; organisationId: number },
  userId: number,
  given: Given<ManagedCredential> = {},
): Omit<ManagedCredential, 'id'> => ({
  organisationId: identity.organisationId,
  identityId: identity.id,
  userId,
  linuxUser: 'alice',
  account: null,
  headJobOptions: null,
  key,
  keyVersion: 1,
  nextKey: null,
  status: 'unverified',
  message: null,
  verifiedAt: null,
  lastUsedAt: null,
  createdAt: 1_000,
  updatedAt: 1_000,
  retiredAt: null,
  destroyAt: null,
  ...given,
});

export const aWorkspaceCredential = (
  userId: number,
  given: Partial<WorkspaceCredential> = {},
): WorkspaceCredential => ({
  id: newLongId(),
  workspaceId: null,
  organisationId: 0,
  userId,
  name: 'key',
  description: null,
  key,
  keyVersion: 1,
  status: 'AVAILABLE',
  message: null,
  createdAt: 1_000,
  updatedAt: 1_000,
  lastUsedAt: null,
  retiredAt: null,
  destroyAt: null,
  ...given,
});

export const aHostKey = (given: Partial<HostKey> = {}): HostKey => ({
  type: 'ssh-ed25519',
  publicKey: 'ssh-ed25519 HOST',
  fingerprint: 'SHA256:host',
  status: 'PENDING',
  firstSeen: 1_000,
  confirmedBy: null,
  confirmedAt: null,
  ...given,
});

export const aComputeEnv = (userId: number, given: Partial<ComputeEnv> = {}): ComputeEnv => ({
  id: newLongId(),
  workspaceId: null,
  organisationId: 0,
  userId,
  name: 'env',
  description: null,
  platform: 'slurm-platform',
  credentialsId: null,
  managedIdentityId: null,
  config,
  status: 'CREATING',
  message: null,
  primary: true,
  createdAt: 1_000,
  updatedAt: 1_000,
  lastUsedAt: null,
  ...given,
});

export const aRun = (userId: number, given: Partial<Run> = {}): Run => ({
  ...newRun({
    id: newRunId(),
    organisationId: 0,
    workspaceId: null,
    userId,
    computeEnvId: 'env',
    runName: 'happy-run',
    sessionId: 'session',
    launch: { pipeline: 'https://example.org/Hello' },
    snapshot: {
      platform: 'slurm-platform',
      clusterKey: 'identity:1',
      identityId: 1,
      credential: { kind: 'managed', id: 1 },
      hostName: 'login.example.org',
      port: 22,
      linuxUser: 'alice',
      config,
      account: null,
      memberHeadJobOptions: null,
      workDir: '$HOME/work',
      launchDir: '$HOME/work',
    },
    createdAt: 1_000,
  }),
  ...given,
});

export const anAuditEvent = (given: Partial<AuditEvent> = {}): AuditEvent => ({
  event: 'workflow_launched',
  correlationId: 'c-1',
  actor: { type: 'user', userId: 1, userName: 'alice', email: 'alice@example.org' },
  client: { ip: '192.0.2.1', userAgent: null, accessTokenId: 3 },
  target: { type: 'workflow', id: 'x', name: null, organisationId: 1, workspaceId: null, userId: 1 },
  state: { newState: { status: 'SUBMITTED' }, metadata: { nested: [1, null] } },
  ...given,
});
