/** A cluster and a run table in memory, so that the reconcilers are tested step by step. Real ones: `test/e2e`. */
import { AppError, type ErrorCode } from '#core/errors.ts';
import type { SecretValue } from '#core/pipeline-secrets.ts';
import type { RemoteResult, Waiting } from '#core/ports/cluster-access.ts';
import { nothingRead, type Reading, type RunNews } from '#core/ports/progress.ts';
import type {
  CommandText,
  HeadJobInput,
  JobStatus,
  PlacedPiece,
  RunRemains,
  SchedulerDriver,
  SubmitOutcome,
} from '#core/ports/scheduler.ts';
import type { RunStore, Store } from '#core/ports/store.ts';
import type { ReportedWorkflow, RunReport } from '#core/reports.ts';
import { newRun, type Run } from '#core/runs.ts';
import type { LauncherDeps } from '#launcher/deps.ts';
import { taskTable } from './task-table.ts';

const result = (value: unknown): RemoteResult => ({
  exitCode: 0,
  stdout: Buffer.from(JSON.stringify(value)),
  stderr: Buffer.alloc(0),
  timedOut: false,
  truncated: false,
});
const parse = <Value>(answer: RemoteResult): Value =>
  JSON.parse(Buffer.from(answer.stdout).toString()) as Value;
const command = (...argv: string[]): CommandText => ({ argv, timeoutMs: 1_000 });

export const aRun = (patch: Partial<Run> = {}): Run => ({
  ...newRun({
    id: 'Run000000001',
    organisationId: 1,
    workspaceId: 1,
    userId: 7,
    computeEnvId: 'env',
    runName: 'calm_curie',
    sessionId: 'session-1',
    launch: { pipeline: '/p' },
    snapshot: {
      platform: 'slurm-platform',
      clusterKey: 'identity:1',
      identityId: 1,
      credential: { kind: 'managed', id: 3 },
      hostName: 'login.example.org',
      port: 22,
      linuxUser: 'alice',
      config: { discriminator: 'slurm-platform' },
      account: null,
      memberHeadJobOptions: null,
      workDir: '/w',
      launchDir: '/w',
    },
    createdAt: 0,
  }),
  fence: 1,
  ...patch,
});
export const aJob = (patch: Partial<JobStatus> = {}): JobStatus => ({
  jobId: '11',
  jobName: 'nf-Run000000001',
  state: 'running',
  nativeState: 'RUNNING',
  reason: null,
  exitCode: null,
  signal: null,
  queue: 'head',
  ...patch,
});
export const someRemains = (patch: Partial<RunRemains> = {}): RunRemains => ({
  exitStatus: null,
  launcherMessage: null,
  started: true,
  outputTail: '',
  facts: {},
  ...patch,
});

/** What the fake cluster answers; a function may throw to play a failing one. */
export interface FakeCluster {
  turn: () => Waiting | undefined;
  submit: () => SubmitOutcome;
  queue: () => JobStatus[];
  accounting: () => JobStatus[];
  remains: () => RunRemains;
  /** By run id; each look asks once. */
  progress: () => Record<string, Partial<RunNews>>;
  secrets: () => SecretValue[];
  piece: () => Uint8Array | undefined;
  placed: () => PlacedPiece;
  left: () => string | null;
}

const someNews = (news: Partial<RunNews> = {}): RunNews => ({
  mark: nothingRead,
  log: [],
  logByHash: [],
  trace: [],
  processes: [],
  peaks: null,
  facts: {},
  more: false,
  ended: false,
  reporting: null,
  ...news,
});

export const fakeWorld = (cluster: Partial<FakeCluster> = {}) => {
  const commands: string[][] = [];
  const submitted: HeadJobInput[] = [];
  const audits: string[] = [];
  const destroyed: string[] = [];
  const runs = new Map<string, Run>();
  let now = 1_000_000;
  const answers: FakeCluster = {
    turn: () => undefined,
    submit: () => ({
      kind: 'submitted',
      jobId: '11',
      how: 'new',
      headDir: '/w/alice/session-1',
      workDir: '/w',
    }),
    queue: () => [aJob()],
    accounting: () => [],
    remains: () => someRemains({ exitStatus: 0 }),
    progress: () => ({}),
    secrets: () => [],
    piece: () => new Uint8Array([1]),
    placed: () => ({ kind: 'placed' }),
    left: () => null,
    ...cluster,
  };
  const driver: SchedulerDriver = {
    platform: 'slurm-platform',
    executor: 'slurm',
    checkOptions: () => undefined,
    isTask: (runId, name) => name.startsWith(`nf-${runId}-`),
    submit: (input) => {
      submitted.push(input);
      return { ...command('submit'), surviveDisconnect: true };
    },
    parseSubmit: parse,
    status: (users) => command('status', ...users),
    parseStatus: parse,
    readerCommand: 'reader',
    accounting: (ids) => command('accounting', ...ids),
    parseAccounting: parse,
    interrupt: (id) => command('interrupt', id),
    remove: (ids) => command('remove', ...ids),
    probe: () => command('probe'),
    parseProbe: () => {
      throw new Error('not asked here');
    },
  };
  const table: Pick<RunStore, 'updateFenced' | 'updateAllFenced'> = {
    updateFenced: async (id, fence, ...change) =>
      (await table.updateAllFenced([{ id, fence }], ...change)).has(id),
    updateAllFenced: async (all, patch) => {
      const held = all.filter(({ id, fence }) => runs.get(id)?.fence === fence).map(({ id }) => id);
      for (const id of held) runs.set(id, { ...(runs.get(id) as Run), ...patch });
      return new Set(held);
    },
  };
  const { tasks, tasksOf } = taskTable(
    (id) => runs.get(id)?.fence,
    () => lastReportAt,
  );
  let lastReportAt: number | null = null;
  let report: RunReport | undefined;
  const tokensEnded: string[] = [];
  const readings = new Map<string, Reading>();
  const readingTable: Store['readings'] = {
    of: async (ids) =>
      new Map(
        ids.flatMap((id) => {
          const reading = readings.get(id);
          return reading ? [[id, reading]] : [];
        }),
      ),
    keep: async (news) => news.forEach((reading, id) => readings.set(id, reading)),
  };
  const deps: LauncherDeps = {
    store: {
      runs: table as RunStore,
      tasks: tasks as Store['tasks'],
      readings: readingTable,
      runReports: { find: async () => report } as unknown as Store['runReports'],
      transaction: async (work) =>
        work({
          runs: table,
          tasks,
          readings: readingTable,
          sealedValues: {
            destroy: async (of: string, record: string) => void destroyed.push(`${of} ${record}`),
          },
          sessionCleanups: { drop: async () => undefined },
          runTokens: { removeOfRun: async (id: string) => void tokensEnded.push(id) },
          audit: { append: async (event: { event: string }) => void audits.push(event.event) },
        } as never),
    },
    readers: {
      find: async () => null,
      noteSight: async () => undefined,
      noteRefused: async () => undefined,
    },
    clusters: {
      submissionTurn: () => answers.turn(),
      askReader: async () => {
        throw new Error('there is no reader');
      },
      run: async (_target, { argv }) => {
        commands.push(argv.map(String));
        switch (argv[0]) {
          case 'submit':
            return result(answers.submit());
          case 'status':
            return result(answers.queue());
          case 'accounting':
            return result(answers.accounting());
          case 'progress':
            return result(answers.progress());
          case 'dataset':
            return result(answers.placed());
          case 'forget':
            return result(answers.left());
          case 'remains':
            return result(answers.remains());
          default:
            return result(null);
        }
      },
    },
    drivers: new Map([['slurm-platform', driver]]),
    targetFor: async () => ({
      clusterKey: 'identity:1',
      credentialKey: 'managed:3@1',
      hostName: 'login.example.org',
      port: 22,
      userName: 'alice',
      pins: ['ssh-ed25519 AAAA'],
      signer: { publicBlob: new Uint8Array([1]), sign: async () => new Uint8Array() },
    }),
    secretsOf: async () => answers.secrets(),
    datasets: {
      piece: async () => answers.piece(),
      command: (_run, { path }, { part, last }) => command('dataset', path, `${part}/${last}`),
      parse,
    },
    forgetSecrets: { command: () => command('forget'), parse },
    remains: { read: () => command('remains'), parse },
    progress: {
      atOnce: 64,
      read: (toRead) => command('progress', ...toRead.map(({ runId }) => runId)),
      parse: (answer, toRead) => {
        const all = parse<Record<string, Partial<RunNews>>>(answer);
        return new Map(toRead.map(({ runId, mark }) => [runId, someNews({ mark, ...all[runId] })]));
      },
    },
    reportOf: async ({ id }) => ({
      apiEndpoint: 'https://latchkey.example.org/api',
      token: `token of ${id}`,
    }),
    noteHostKeyChange: async () => void audits.push('noted host key change'),
    clock: { now: () => now },
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
  };
  return {
    deps,
    answers,
    commands,
    submitted,
    audits,
    readings,
    tasks: (id = 'Run000000001') =>
      Object.fromEntries([...tasksOf(id)].map(([taskId, { status }]) => [taskId, status])),
    destroyed,
    put: (run: Run) => void runs.set(run.id, run),
    get: (id = 'Run000000001'): Run => {
      const run = runs.get(id);
      if (!run) throw new Error(`no run ${id}`);
      return run;
    },
    advance: (ms: number) => {
      now += ms;
    },
    now: () => now,
    /** Nextflow reports: that it lives, or how it ended. */
    hear: (workflow?: Partial<ReportedWorkflow>) => {
      lastReportAt = now;
      if (workflow)
        report = { workflow: workflow as ReportedWorkflow, metrics: null, begunAt: now, completedAt: now };
    },
    /** Runs whose tokens are of no use any more. */
    tokensEnded,
  };
};
export const clusterError = (code: ErrorCode) => new AppError(code, 409, `login.example.org: ${code}`);
