/** The launch: everything that can be refused is refused here, at once; then the run and its audit record are written
 * in one transaction, and the launcher takes it from there. */
import { randomUUID } from 'node:crypto';
import type { Caller, WorkspaceScope } from '#core/caller.ts';
import type { Clock } from '#core/clock.ts';
import type { ComputeEnv } from '#core/clusters.ts';
import { badRequest, conflict, notFound } from '#core/errors.ts';
import { defaultPort, effectiveConfig } from '#core/grid-config.ts';
import { newRunId } from '#core/ids.ts';
import type { Label } from '#core/labels.ts';
import { checkRunName } from '#core/names.ts';
import { type Platform, schedulerNames } from '#core/platforms.ts';
import type { LaunchInput, RunActions } from '#core/ports/run-actions.ts';
import type { Store, Tables } from '#core/ports/store.ts';
import type { Vault } from '#core/ports/vault.ts';
import { isLive, type LaunchRequest, newRun, type Run, type RunSnapshot, startedByHand } from '#core/runs.ts';
import { auditEvent } from '../audit.ts';
import { liesWithin } from '../context.ts';
import { createDatasetsAtLaunch } from '../datasets/at-launch.ts';
import { labelsOf, putLabels } from '../pipelines/labels.ts';
import {
  type CompleteLaunch,
  checkMayLaunch,
  type LaunchSource,
  launchSource,
} from '../pipelines/launch-source.ts';
import { checkNotCleaned } from '../runs/cleaned-files.ts';
import { randomRunName } from '../runs/run-names.ts';
import { launchScripts } from './launch-scripts.ts';
import { createSecretsAtLaunch } from './launch-secrets.ts';
import { findEnvironment, findWay, type Way, type WayDeps } from './launch-way.ts';

export interface LaunchDeps extends WayDeps {
  store: WayDeps['store'] &
    Pick<
      Store,
      | 'datasets'
      | 'datasetVersions'
      | 'runs'
      | 'sessionCleanups'
      | 'members'
      | 'pipelines'
      | 'pipelineVersions'
      | 'workspaces'
      | 'labels'
      | 'transaction'
    >;
  clock: Clock;
  vault: Pick<Vault, 'openText' | 'sealText'>;
  /** Schedulers that can be launched on. */
  launchable: ReadonlySet<Platform>;
  /** Refuses head job options that the launcher cannot let through. @throws AppError 400 */
  checkHeadJobOptions(platform: Platform, options: string): void;
  /** Refuses what Nextflow's command line would take for something else. @throws AppError 400 */
  checkRequest(launch: LaunchRequest): void;
  /** Tells the launcher that something is due. */
  wake(): void;
}

const tooManyBytes = 256 * 1024;
/** Of an environment it is noted once a minute when it was last used: each note makes others read it again. */
const noteUseEveryMs = 60_000;

const stillAlive = (live: Run) =>
  conflict(`Run ${live.runName} (${live.id}) of this session is still alive; a session runs once at a time`);

/** Anybody can report a run of any session: only those that were launched here, by these people, count for a resume. */
const runsOfSession = async (
  tables: Pick<Tables, 'runs'>,
  caller: Caller,
  scope: WorkspaceScope,
  sessionId: string,
): Promise<{ launched: Run[]; byHand: Run[] }> => {
  const runs = await tables.runs.listOfSession(sessionId);
  const here = runs.filter((run) => liesWithin(caller, scope, run));
  return { launched: here.filter((run) => !startedByHand(run)), byHand: here.filter(startedByHand) };
};

/** Directories of the run that is resumed: Nextflow's cache lies in its launch directory. */
const earlierRun = async (
  { store }: LaunchDeps,
  caller: Caller,
  scope: WorkspaceScope,
  input: LaunchInput,
  way: Way,
): Promise<Run | undefined> => {
  if (!input.resume) return undefined;
  if (!input.sessionId)
    throw badRequest('sessionId: a resume needs the session id of the run to go on from', {
      field: 'sessionId',
    });
  const { launched, byHand } = await runsOfSession(store, caller, scope, input.sessionId);
  const [last] = launched;
  const [hand] = byHand;
  if (!last && hand)
    throw conflict(
      `Run ${hand.runName} of this session was started by hand: go on from it where it ran, with -resume`,
    );
  if (!last)
    throw badRequest(`sessionId: no run of session ${input.sessionId} in this workspace`, {
      field: 'sessionId',
    });
  await checkNotCleaned(store, last);
  const live = launched.find((run) => isLive(run.status));
  if (live) throw stillAlive(live);
  if (last.snapshot.linuxUser !== way.linuxUser || last.snapshot.clusterKey !== way.clusterKey) {
    throw conflict(
      `Session ${input.sessionId} ran as ${last.snapshot.linuxUser} on ${last.snapshot.hostName}; only that Linux user there can go on from it`,
    );
  }
  return last;
};

/** Looked at once more: of two that resume a session at once, one comes first. @throws AppError 409 */
const checkFreeSession = async (
  tables: Tables,
  caller: Caller,
  scope: WorkspaceScope,
  earlier: Run,
  runName: string,
): Promise<void> => {
  const { sessionId } = earlier;
  const { launched } = await runsOfSession(tables, caller, scope, sessionId);
  const live = launched.find((run) => isLive(run.status));
  if (live) throw stillAlive(live);
  await checkNotCleaned(tables, earlier);
  if (await tables.runs.nameTaken(sessionId, runName))
    throw conflict(`runName: a run of this session is named ${runName} already; give another name`);
};

const launchRequest = (input: CompleteLaunch): LaunchRequest => {
  const {
    id: _id,
    sourceWorkspaceId: _source,
    computeEnvId: _environment,
    runName: _name,
    sessionId: _session,
    labelIds: _labels,
    ...request
  } = input;
  return request;
};

const checkInput = (deps: LaunchDeps, environment: ComputeEnv, input: CompleteLaunch): void => {
  deps.checkRequest(launchRequest(input));
  for (const field of ['preRunScript', 'postRunScript', 'configText', 'paramsText'] as const) {
    const text = input[field] ?? '';
    if (Buffer.byteLength(text) > tooManyBytes)
      throw badRequest(`${field}: more than ${tooManyBytes} bytes`, { field });
    if (text.includes('\0')) throw badRequest(`${field}: holds a NUL character`, { field });
  }
  if (!deps.launchable.has(environment.platform)) {
    throw conflict(
      `Launching on ${schedulerNames[environment.platform]} is not there yet: this version launches on ${[...deps.launchable].map((platform) => schedulerNames[platform]).join(', ')}`,
    );
  }
};

/** What goes away while somebody launches with it, or they themselves: one of the two comes first. */
const checkStillThere = async (
  tables: Tables,
  caller: Caller,
  { id, organisationId, workspaceId }: ComputeEnv,
  { credential, jumpCredentials }: Way,
): Promise<void> => {
  if (workspaceId !== null && !(await tables.members.findByUser(organisationId, caller.userId)))
    throw notFound('workspace', workspaceId);
  if ((await tables.computeEnvs.find(id))?.status === 'DELETED')
    throw conflict('The compute environment for this launch was deleted just now');
  for (const ref of [credential, ...jumpCredentials]) {
    const stored =
      ref.kind === 'managed'
        ? await tables.managedCredentials.findById(ref.id)
        : await tables.credentials.find(ref.id);
    if (!stored || stored.retiredAt !== null)
      throw conflict('The SSH key for this launch was deleted just now');
  }
};

/** Those asked for, or those of what is launched again, and the environment's resource labels of other names. */
const labelsOfRun = async (
  tables: Tables,
  caller: Caller,
  scope: WorkspaceScope,
  environment: ComputeEnv,
  source: LaunchSource,
): Promise<Label[]> => {
  const asked = await labelsOf(tables, caller, scope, source.input.labelIds ?? source.labelIds);
  const theirs = (await tables.labels.of('compute-env', [environment.id])).get(environment.id) ?? [];
  const own = new Set(asked.filter((label) => label.resource).map((label) => label.name));
  return [...asked, ...theirs.filter((label) => label.resource && !own.has(label.name))];
};

export const createLaunch = (deps: LaunchDeps): RunActions['launch'] => {
  const secretsAtLaunch = createSecretsAtLaunch(deps.vault);
  const datasetsAtLaunch = createDatasetsAtLaunch(deps.store, deps.publicUrl);
  return async (caller, scope, asked) => {
    const source = await launchSource(deps.store, caller, scope, asked);
    const { input } = source;
    const environment = await findEnvironment(deps, caller, scope, input.computeEnvId);
    checkInput(deps, environment, input);
    const way = await findWay(deps, caller, environment);
    const config = effectiveConfig(environment.config, way.identity?.config);
    checkMayLaunch(scope, source, {
      computeEnvId: environment.id,
      credential: way.credential,
      workDir: config.workDir,
    });
    const earlier = await earlierRun(deps, caller, scope, input, way);
    const workDir = earlier?.snapshot.workDir ?? input.workDir ?? config.workDir;
    if (!workDir) {
      throw badRequest('workDir: neither the launch nor the compute environment names a work directory', {
        field: 'workDir',
      });
    }
    if (!config.hostName) throw conflict(`Compute environment ${environment.name} names no host`);
    for (const options of [config.headJobOptions, way.memberHeadJobOptions]) {
      if (options) deps.checkHeadJobOptions(environment.platform, options);
    }
    const datasets = await datasetsAtLaunch.resolve(caller, scope, input.paramsText);
    const snapshot: RunSnapshot = {
      platform: environment.platform,
      clusterKey: way.clusterKey,
      identityId: way.identity?.id ?? null,
      credential: way.credential,
      ...(way.jumpCredentials.length > 0 && { jumpCredentials: way.jumpCredentials }),
      hostName: config.hostName,
      port: config.port ?? defaultPort,
      linuxUser: way.linuxUser,
      config,
      account: way.account,
      memberHeadJobOptions: way.memberHeadJobOptions,
      workDir,
      launchDir: earlier?.snapshot.launchDir ?? config.launchDir ?? workDir,
      ...(datasets.length > 0 && { datasets }),
    };
    const runName = input.runName ? checkRunName(input.runName) : randomRunName();
    const now = deps.clock.now();
    const run = newRun({
      id: newRunId(),
      organisationId: scope.organisationId ?? 0,
      workspaceId: scope.workspaceId,
      userId: caller.userId,
      computeEnvId: environment.id,
      runName,
      sessionId: earlier?.sessionId ?? randomUUID(),
      launch: launchRequest(input),
      pipeline: source.pipeline,
      snapshot,
      createdAt: now,
    });
    await deps.store.transaction(async (tables) => {
      if (earlier) await checkFreeSession(tables, caller, scope, earlier, run.runName);
      await checkStillThere(tables, caller, environment, way);
      await tables.runs.insert(run);
      const secrets = await secretsAtLaunch(tables, caller, scope, run);
      const inputs = await datasetsAtLaunch.note(tables, run);
      await putLabels(tables, 'run', run.id, await labelsOfRun(tables, caller, scope, environment, source));
      if (now - (environment.lastUsedAt ?? 0) >= noteUseEveryMs)
        await tables.computeEnvs.update(environment.id, { lastUsedAt: now });
      await tables.audit.append(
        auditEvent(caller, {
          event: 'workflow_launched',
          target: {
            type: 'workflow',
            id: run.id,
            name: runName,
            organisationId: scope.organisationId,
            workspaceId: scope.workspaceId,
            userId: caller.userId,
          },
          state: {
            metadata: {
              pipeline: input.pipeline,
              ...(source.pipeline && { saved: source.pipeline }),
              computeEnvId: environment.id,
              host: snapshot.hostName,
              linuxUser: snapshot.linuxUser,
              ...secrets,
              ...inputs,
              scripts: launchScripts(caller, environment, way.identity, source),
            },
          },
        }),
        now,
      );
    });
    deps.wake();
    return { workflowId: run.id };
  };
};
