/** The steps of the main road as tests need them again and again, all through the API. */
import { readFile } from 'node:fs/promises';
import type { BudgetSettings } from '#core/budgets.ts';
import type { ApiClient } from './api-client.ts';
import type { AttachedCluster, MemberAccount } from './cluster.ts';
import type { LinuxUser } from './linux-users.ts';
import type { ReadyServer } from './server.ts';

export interface WorkflowAnswer {
  workflow: {
    id: string;
    status: string;
    runName: string;
    sessionId: string;
    userName: string;
    workDir: string | null;
    launchDir: string | null;
    exitStatus: number | null;
    complete: string | null;
    errorMessage: string | null;
    errorReport: string | null;
  };
  jobInfo: { operationId: string | null; status: string | null } | null;
  messages: string[];
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Asks until the answer will do. @throws Error with the last answer after `limitMs` */
export const until = async <Value>(
  ask: () => Promise<Value>,
  enough: (value: Value) => boolean,
  { limitMs = 90_000, everyMs = 250, what = 'the expected answer' } = {},
): Promise<Value> => {
  let last: Value | undefined;
  for (const end = Date.now() + limitMs; Date.now() < end; await sleep(everyMs)) {
    last = await ask();
    if (enough(last)) return last;
  }
  throw new Error(`No ${what} within ${limitMs / 1_000} s; the last answer: ${JSON.stringify(last)}`);
};

let names = 0;
/** Names differ from test to test: all share one cluster. */
export const freshName = (label: string): string => `${label}-${process.pid}-${(names += 1)}`;

export interface IdentityOptions {
  /** More of the configuration, or other fields. */
  config?: Record<string, unknown>;
  host?: { port: number; hostKeys: readonly string[] };
  budget?: BudgetSettings;
}

/** An owner registers the cluster with its host keys given at creation. */
export const registerCluster = async (
  server: ReadyServer,
  cluster: AttachedCluster,
  { config = {}, host = cluster.facts, budget }: IdentityOptions = {},
): Promise<number> => {
  const { body } = await server.owner.post<{ id: number }>(`/identities?orgId=${server.organisationId}`, {
    name: freshName('cluster'),
    platform: 'slurm-platform',
    ...(budget && { budget }),
    config: {
      hostName: cluster.facts.host,
      port: host.port,
      hostKeys: host.hostKeys,
      workDir: cluster.facts.workDir,
      headQueue: 'head',
      computeQueue: 'compute',
      ...config,
    },
  });
  return body.id;
};

/** A member adds their own key. */
export const addKey = async (
  api: ApiClient,
  identityId: number,
  account: Pick<MemberAccount, 'name' | 'privateKey'>,
  metadata: Record<string, unknown> = {},
): Promise<void> => {
  await api.post(`/identities/${identityId}/credentials`, {
    provider: 'ssh',
    credentials: { provider: 'ssh', keys: { privateKey: account.privateKey } },
    metadata: { userName: account.name, ...metadata },
  });
};

/** A compute environment on an identity, once it has been checked. */
export const makeEnvironment = async (
  server: ReadyServer,
  identityId: number,
  config: Record<string, unknown> = {},
): Promise<string> => {
  const at = `workspaceId=${server.workspaceId}`;
  const { body } = await server.owner.post<{ computeEnvId: string }>(`/compute-envs?${at}`, {
    computeEnv: {
      name: freshName('environment'),
      platform: 'slurm-platform',
      managedIdentityId: identityId,
      config: { discriminator: 'slurm-platform', ...config },
    },
  });
  await until(
    async () =>
      (
        await server.owner.get<{ computeEnv: { status: string; message: string | null } }>(
          `/compute-envs/${body.computeEnvId}?${at}`,
        )
      ).body.computeEnv,
    (environment) => environment.status === 'AVAILABLE',
    { limitMs: 30_000, what: 'available environment' },
  );
  return body.computeEnvId;
};

export const launch = async (
  server: ReadyServer,
  api: ApiClient,
  computeEnvId: string,
  request: Record<string, unknown>,
): Promise<string> => {
  const { body } = await api.post<{ workflowId: string }>(
    `/workflow/launch?workspaceId=${server.workspaceId}`,
    { launch: { computeEnvId, ...request } },
  );
  return body.workflowId;
};

export const describeRun = async (server: ReadyServer, api: ApiClient, id: string): Promise<WorkflowAnswer> =>
  (await api.get<WorkflowAnswer>(`/workflow/${id}?workspaceId=${server.workspaceId}`)).body;

const final = ['SUCCEEDED', 'FAILED', 'CANCELLED'];

/** Waits for a run's end, or for one of `statuses`. @throws Error with what the run said when it ended otherwise */
export const waitForRun = async (
  server: ReadyServer,
  api: ApiClient,
  id: string,
  statuses: readonly string[] = final,
  limitMs = 200_000,
): Promise<WorkflowAnswer> => {
  const answer = await until(
    () => describeRun(server, api, id),
    ({ workflow }) => statuses.includes(workflow.status) || final.includes(workflow.status),
    { limitMs, what: `run in ${statuses.join(' or ')}` },
  );
  if (!statuses.includes(answer.workflow.status)) {
    throw new Error(`Run ${id} ended as ${answer.workflow.status}: ${JSON.stringify(answer)}`);
  }
  return answer;
};

/** The id of the head job, once the scheduler has given one. */
export const headJobOf = async (server: ReadyServer, api: ApiClient, id: string): Promise<string> => {
  const answer = await until(
    () => describeRun(server, api, id),
    ({ jobInfo, workflow }) => Boolean(jobInfo?.operationId) || final.includes(workflow.status),
    { limitMs: 30_000, what: 'head job' },
  );
  return answer.jobInfo?.operationId ?? '';
};

/**
 * What accounting says of a run's jobs, head job and tasks, once it knows that `count` of them have ended: it is up to
 * 5 s behind the queue.
 */
export const accountedJobs = (
  cluster: AttachedCluster,
  run: string,
  count: number,
  ...fields: string[]
): Promise<Record<string, string>[]> =>
  until(
    async () =>
      (await cluster.slurm.sacct('JobID', 'JobName', 'User', 'State', ...fields)).filter(
        (job) => job['JobName'] === `nf-${run}` || job['JobName']?.startsWith(`nf-${run}-`),
      ),
    (jobs) => jobs.filter((job) => !/PENDING|RUNNING|COMPLETING/.test(job['State'] ?? '')).length >= count,
    { limitMs: 20_000, what: 'accounting' },
  );

/** A `nextflow` that only says its name and ends: for matrices that are about the head job, not the pipeline. */
const trivialNextflow = (seconds = 0): string =>
  `#!/bin/sh\necho 'N E X T F L O W  ~  trivial'\nsleep ${seconds}\n`;

/** Puts such a `nextflow` before the real one on a member's login PATH. */
export const giveTrivialNextflow = async (user: LinuxUser, seconds = 0): Promise<void> => {
  await user.write('bin/nextflow', trivialNextflow(seconds), 0o755);
  const profile = await readFile(`${user.home}/.profile`, 'utf8');
  await user.write('.profile', `${profile}\nexport PATH=$HOME/bin:$PATH\n`);
};

/** An `sbatch` as on a busy site: the job is in the queue a while before it says so. */
export const giveSlowSbatch = (user: LinuxUser, seconds: number): Promise<string> =>
  user.write(
    'bin/sbatch',
    `#!/bin/sh\nsaid=$(/usr/bin/sbatch "$@") || exit\nsleep ${seconds}\necho "$said"\n`,
    0o755,
  );
