/** The API on a store of its own, without clusters: real people, tokens and rules, a host that nobody can reach. */
import { randomBytes, randomUUID } from 'node:crypto';
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';
import { pino } from 'pino';
import { createAccess } from '#actions/access.ts';
import { createAuditLog } from '#actions/audit-log/log.ts';
import { createClusterActions } from '#actions/clusters/cluster-actions.ts';
import { createPlatformActions } from '#actions/clusters/platforms.ts';
import { createDatasetActions } from '#actions/datasets/datasets.ts';
import { createLaunch } from '#actions/launch/launch.ts';
import { createPeopleActions } from '#actions/people/people-actions.ts';
import { createRenaming, type Renaming } from '#actions/people/renaming.ts';
import { createLabelActions } from '#actions/pipelines/labels.ts';
import { createPipelineActions } from '#actions/pipelines/pipeline-actions.ts';
import { createPipelineSecretActions } from '#actions/pipelines/pipeline-secrets.ts';
import { createRepositoryActions } from '#actions/pipelines/repositories.ts';
import { createReportActions } from '#actions/reports/report-actions.ts';
import type { MemberFiles } from '#actions/runs/member-files.ts';
import { createRunNameActions } from '#actions/runs/run-names.ts';
import { createRunStarActions } from '#actions/runs/run-stars.ts';
import { createRunActions } from '#actions/runs/runs.ts';
import { createSetupActions } from '#actions/setup.ts';
import { createSignInBrake } from '#actions/sign-in/brake.ts';
import { createPasswordActions } from '#actions/sign-in/passwords.ts';
import { createSessionActions } from '#actions/sign-in/sessions.ts';
import { createSignInActions } from '#actions/sign-in/sign-in.ts';
import { createTokenActions } from '#actions/sign-in/tokens.ts';
import type { Actions, ApiSettings } from '#api/actions.ts';
import { createApi } from '#api/server.ts';
import { systemCaller } from '#core/caller.ts';
import type { Clock } from '#core/clock.ts';
import { AppError } from '#core/errors.ts';
import type { ChannelMatch, ClusterAccess } from '#core/ports/cluster-access.ts';
import type { RunActions } from '#core/ports/run-actions.ts';
import type { Store } from '#core/ports/store.ts';
import type { Vault } from '#core/ports/vault.ts';
import { parseRepository, readRepository } from '#schedulers/files/repository.ts';
import { hashPassword, verifyPassword } from '#vault/password.ts';
import { equalSecret, hashSecret, newSecret } from '#vault/token-secret.ts';
import { createVault } from '#vault/vault.ts';
import { fakeProbe, fakeSlurm } from './fake-cluster.ts';

export interface TestClock extends Clock {
  advance(milliseconds: number): void;
}

export const testClock = (start = Date.UTC(2026, 0, 1)): TestClock => {
  let now = start;
  return {
    now: () => now,
    advance: (milliseconds) => {
      now += milliseconds;
    },
  };
};

const unreachable = new AppError('host_unreachable', 502, 'login.example.org does not answer');
const refuse = () => Promise.reject(unreachable);
const unreachableClusters = (closed: ChannelMatch[]) => ({
  run: () => Promise.reject(unreachable),
  scanHostKeys: () => Promise.reject(unreachable),
  closeChannels: (match: ChannelMatch) => closed.push(match),
  suspend: () => {},
});

/** Seals texts as the real one does. Keeps no key: tests of the vault have real ones. */
const { sealText, openText } = createVault({ rootKey: randomBytes(32) });
const facts = {
  type: 'ssh-ed25519',
  bits: 256,
  fingerprint: 'SHA256:test',
  publicKey: 'ssh-ed25519 AAAA',
};
const sealed = { rootKeyId: 'r', wrappedKey: 'w', ciphertext: 'c' };
const vault: Pick<Vault, 'sealPrivateKey' | 'generateKey' | 'reseal' | 'signer' | 'sealText' | 'openText'> = {
  generateKey: () => ({ sealed, facts }),
  sealText,
  openText,
  sealPrivateKey: (_place, pasted) => {
    if (!pasted.includes('PRIVATE KEY')) throw new AppError('key_unusable', 400, 'This is not a private key');
    return Promise.resolve({ sealed, facts });
  },
  reseal: (_from, value) => value,
  signer: () => ({
    publicBlob: new Uint8Array(),
    sign: () => Promise.reject(new AppError('sealed_value_broken', 500, 'There is nothing to sign with')),
  }),
};

export interface TestApi {
  app: FastifyInstance;
  store: Store;
  clock: TestClock;
  vault: Pick<Vault, 'openText'>;
  setup: ReturnType<typeof createSetupActions>;
  rename: Renaming;
  /** What channels were closed, oldest first. */
  closed: ChannelMatch[];
  passwords: ReturnType<typeof createPasswordActions>;
  /** Everything that was logged. */
  logged(): string;
  /** A user with a token; `role` null: no member of anything. */
  person(
    user: string,
    org: string,
    more?: {
      role?: 'owner' | 'member' | 'collaborator';
      workspace?: string;
      workspaceRole?: 'admin' | 'maintain' | 'launch' | 'view' | 'owner' | 'connect';
      password?: string;
    },
  ): Promise<Person>;
  /** An organisation with workspace `main`, made by its owner. */
  organisation(
    org: string,
    owner: string,
    password?: string,
  ): Promise<Person & { orgId: number; workspaceId: number }>;
  call(method: InjectOptions['method'], path: string, options?: Call): Promise<LightMyRequestResponse>;
}

export interface Person {
  id: number;
  userName: string;
  token: string;
}

export interface Call {
  as?: Pick<Person, 'token'>;
  body?: unknown;
  headers?: Record<string, string>;
}

/** What stands behind the actions: by default a host that nobody reaches and a vault that keeps no key. */
export interface TestParts {
  clusters?: Pick<ClusterAccess, 'run' | 'scanHostKeys' | 'closeChannels'> &
    Partial<Pick<ClusterAccess, 'suspend'>>;
  vault?: Pick<Vault, 'sealPrivateKey' | 'generateKey' | 'reseal' | 'signer'>;
  files?: Pick<RunActions, 'log' | 'download'>;
  taskFiles?: Pick<MemberFiles, 'download'>;
}

/** @param replaced actions to be used instead of the real ones, or made of them */
export const startApi = async (
  store: Store,
  { anybodyMakes = true, ...settings }: Partial<ApiSettings> & { anybodyMakes?: boolean } = {},
  replaced: Partial<Actions> | ((real: Actions) => Partial<Actions>) = {},
  parts: TestParts = {},
): Promise<TestApi> => {
  const clock = testClock();
  const closed: ChannelMatch[] = [];
  const clusters = {
    suspend: () => {},
    askReader: refuse,
    ...(parts.clusters ?? unreachableClusters(closed)),
  };
  let logged = '';
  const log = pino({ level: 'debug' }, { write: (line: string) => void (logged += line) });
  const secrets = { newSecret, hashSecret, equalSecret };
  const passwords = { hashPassword, verifyPassword };
  const publicUrl = settings.publicUrl ?? 'http://latchkey.test';
  const nothing = () => {};
  const common = { store, clock };
  const launchDeps = {
    ...common,
    vault,
    launchable: new Set(['slurm-platform' as const]),
    checkHeadJobOptions: nothing,
    checkRequest: nothing,
    publicUrl,
    wake: nothing,
  };
  const cluster = createClusterActions({
    ...common,
    vault: parts.vault ?? vault,
    clusters,
    drivers: new Map([['slurm-platform' as const, fakeSlurm]]),
    accountProbe: fakeProbe,
    checkHeadJobOptions: nothing,
    hostKeyPolicy: 'confirm',
    publicUrl,
    log,
    wake: nothing,
  });
  const setup = createSetupActions({ ...common, passwords, secrets });
  const rename = createRenaming(common);
  const tokens = createTokenActions({ ...common, secrets });
  const system = systemCaller(randomUUID());
  const brake = createSignInBrake(clock);
  const passwordActions = createPasswordActions({ ...common, passwords, secrets, brake });
  const access = createAccess({ store });
  const actions: Actions = {
    ...cluster,
    access,
    pipelineSecrets: createPipelineSecretActions({ ...common, vault }),
    datasets: createDatasetActions(common),
    auditLog: createAuditLog({ store }),
    setup,
    tokens,
    signIn: createSignInActions({ ...common, passwords, secrets, brake }),
    sessions: createSessionActions({ ...common, secrets }),
    passwords: passwordActions,
    ...createPeopleActions({
      ...common,
      clusters,
      clusterActions: cluster,
      anybodyMakes,
      wake: nothing,
    }),
    labels: createLabelActions(common),
    pipelines: createPipelineActions({ ...common, checkRequest: nothing }),
    repositories: createRepositoryActions({
      store,
      clusters,
      targets: cluster.targets,
      publicUrl,
      files: { read: readRepository, parse: parseRepository },
      readHosted: () => Promise.reject(unreachable),
    }),
    runs: {
      launch: createLaunch(launchDeps),
      ...createRunActions({ ...common, wake: nothing }),
      log: refuse,
      download: refuse,
      ...parts.files,
    },
    platforms: createPlatformActions(launchDeps),
    runNames: createRunNameActions({ store, access }),
    runStars: createRunStarActions(common),
    ...createReportActions({
      ...common,
      secrets,
      publicUrl,
      wake: nothing,
      files: { page: refuse, download: refuse, ...parts.taskFiles },
    }),
  };
  const app = await createApi({
    actions: { ...actions, ...(typeof replaced === 'function' ? replaced(actions) : replaced) },
    settings: { publicUrl, trustedProxies: [], version: '0.1.0', requestsPerMinute: 0, ...settings },
    log,
    ...(store.version && { dataVersion: store.version }),
    ready: async () => {
      await store.ping();
      return { ok: true, checks: { database: 'ok' } };
    },
  });

  const person: TestApi['person'] = async (user, org, more = {}) => {
    const made = await setup.ensureUser(system, { user, email: `${user}@example.org`, org, ...more });
    return {
      id: made.user.id,
      userName: user,
      token: await tokens.issue(system, made.user, { name: 'test' }),
    };
  };

  return {
    app,
    store,
    clock,
    vault,
    rename,
    setup,
    closed,
    passwords: passwordActions,
    logged: () => logged,
    person,
    organisation: async (org, owner, password) => {
      const made = await setup.ensureFirstOwner(system, {
        org,
        user: owner,
        email: `${owner}@example.org`,
        workspace: 'main',
        ...(password !== undefined && { password }),
      });
      const { user, organisation, workspace } = made;
      if (!workspace) throw new Error('no workspace was made');
      const token = await tokens.issue(system, user, { name: 'test' });
      return { id: user.id, userName: owner, token, orgId: organisation.id, workspaceId: workspace.id };
    },
    call: async (method, path, { as, body, headers = {} } = {}) =>
      app.inject({
        method: method ?? 'GET',
        url: path,
        headers: { ...(as && { authorization: `Bearer ${as.token}` }), ...headers },
        ...(body !== undefined && { payload: body as object }),
      }),
  };
};

/** A cluster that nobody can reach, registered by an owner. */
export const identityOf = async (api: TestApi, as: Pick<Person, 'token'>): Promise<number> => {
  const body = { name: 'hpc', platform: 'slurm-platform', config: { hostName: 'login.example.org' } };
  return (await api.call('POST', '/api/identities', { as, body })).json<{ id: number }>().id;
};
