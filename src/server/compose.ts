/** The only file that knows everybody: adapters are made here and handed to whoever asked for their ports. */
import { mkdirSync } from 'node:fs';
import type { Logger } from 'pino';
import { createAccess } from '#actions/access.ts';
import { createUseRecorder } from '#actions/activity/recorder.ts';
import { createAuditLog } from '#actions/audit-log/log.ts';
import { createClusterActions } from '#actions/clusters/cluster-actions.ts';
import { createPlatformActions } from '#actions/clusters/platforms.ts';
import { forgottenAfterMs } from '#actions/datasets/content.ts';
import { createDatasetActions } from '#actions/datasets/datasets.ts';
import { createLaunch } from '#actions/launch/launch.ts';
import { createSecretsOfRun } from '#actions/launch/launch-secrets.ts';
import { createPeopleActions } from '#actions/people/people-actions.ts';
import { createRenaming, type Renaming } from '#actions/people/renaming.ts';
import { createLabelActions } from '#actions/pipelines/labels.ts';
import { createPipelineActions } from '#actions/pipelines/pipeline-actions.ts';
import { createPipelineSecretActions } from '#actions/pipelines/pipeline-secrets.ts';
import { createRepositoryActions } from '#actions/pipelines/repositories.ts';
import { createReportActions } from '#actions/reports/report-actions.ts';
import { presentCleanup } from '#actions/runs/cleaned-files.ts';
import { createMemberFiles } from '#actions/runs/member-files.ts';
import { createRunLogs } from '#actions/runs/run-logs.ts';
import { createRunNameActions } from '#actions/runs/run-names.ts';
import { createRunStarActions } from '#actions/runs/run-stars.ts';
import { createRunActions } from '#actions/runs/runs.ts';
import { createSetupActions } from '#actions/setup.ts';
import { createSignInBrake } from '#actions/sign-in/brake.ts';
import { createPasswordActions } from '#actions/sign-in/passwords.ts';
import { createSessionActions } from '#actions/sign-in/sessions.ts';
import { createSignInActions } from '#actions/sign-in/sign-in.ts';
import { createTokenActions } from '#actions/sign-in/tokens.ts';
import { createMetrics, createMetricsListener } from '#api/metrics.ts';
import { createApi } from '#api/server.ts';
import { systemClock } from '#core/clock.ts';
import type { Store } from '#core/ports/store.ts';
import { createReadHosted } from '#git/hosted.ts';
import { createCleaner } from '#launcher/cleaner.ts';
import { createLauncher } from '#launcher/loop.ts';
import { checkOptions, drivers } from '#schedulers/drivers.ts';
import { cleanSession, parseCleaned } from '#schedulers/files/clean.ts';
import { forgetSecrets, parseForgotten } from '#schedulers/files/forget-secrets.ts';
import { checkStream, parseRange, readRange, streamFile } from '#schedulers/files/log-files.ts';
import { parseRemains, readRemains } from '#schedulers/files/remains.ts';
import { parseRepository, readRepository } from '#schedulers/files/repository.ts';
import { checkLaunch } from '#schedulers/head/head-script.ts';
import { progressReader } from '#schedulers/progress/reader.ts';
import { accountProbe } from '#schedulers/queries/probe.ts';
import { parsePlaced, placeDataset } from '#schedulers/submission/place-dataset.ts';
import { runFileNames } from '#schedulers/submission/run-files.ts';
import { createClusterAccess } from '#ssh/cluster-access.ts';
import { checkedAddresses, createAddressCheck } from '#ssh/network.ts';
import { openStore } from '#store/open.ts';
import { hashPassword, verifyPassword } from '#vault/password.ts';
import { createRootKey, loadRootKey, makeRootKeyProof, verifyRootKeyProof } from '#vault/root-key.ts';
import { equalSecret, hashSecret, newSecret } from '#vault/token-secret.ts';
import { createVault } from '#vault/vault.ts';
import { checkRootKey } from './check-root-key.ts';
import { runtimeDir } from './runtime-dir.ts';
import type { Settings } from './settings.ts';
import { version } from './version.ts';

const proofSetting = 'root-key-proof';
const clock = systemClock;
const passwords = { hashPassword, verifyPassword };
const secrets = { newSecret, hashSecret, equalSecret };
const brake = createSignInBrake(clock);

export interface Foundation {
  store: Store;
  rootKey: Buffer;
  /** The root key was made just now. */
  freshRootKey: boolean;
  setup: ReturnType<typeof createSetupActions>;
  rename: Renaming;
  tokens: ReturnType<typeof createTokenActions>;
  passwords: ReturnType<typeof createPasswordActions>;
}

/**
 * Database and root key, checked against each other before anything is written: all that the command line needs.
 * @throws SettingsError, AppError with a sentence for the operator
 */
export const openFoundation = async (settings: Settings, log?: Logger): Promise<Foundation> => {
  mkdirSync(settings.dataDir, { recursive: true, mode: 0o700 });
  const found = loadRootKey(settings.rootKeyFile);
  const store = await openStore({
    url: settings.database,
    ...(log ? { log } : {}),
    beforeMigrating: async (stored) =>
      checkRootKey(settings, found, await stored(proofSetting), verifyRootKeyProof),
  });
  try {
    const rootKey = found ?? createRootKey(settings.rootKeyFile);
    if ((await store.settings.get(proofSetting)) === undefined) {
      await store.settings.set(proofSetting, makeRootKeyProof(rootKey));
    }
    return {
      store,
      rootKey,
      freshRootKey: found === undefined,
      setup: createSetupActions({ store, clock, passwords, secrets }),
      rename: createRenaming({ store, clock }),
      tokens: createTokenActions({ store, clock, secrets }),
      passwords: createPasswordActions({ store, clock, passwords, secrets, brake }),
    };
  } catch (error) {
    await store.close();
    throw error;
  }
};

export interface House {
  api: Awaited<ReturnType<typeof createApi>>;
  metrics: ReturnType<typeof createMetricsListener>;
  /** Begins to work on runs and on checks that were left over. */
  start(): Promise<void>;
  /** Finishes what is in hand, then closes everything. Submissions in flight go on on the cluster. */
  stop(): Promise<void>;
}

export const composeServer = async (
  settings: Settings,
  foundation: Foundation,
  log: Logger,
): Promise<House> => {
  const { store, rootKey, setup, tokens } = foundation;
  const vault = createVault({ rootKey });
  rootKey.fill(0);
  const isUsable = createAddressCheck(settings.allowedNetworks);
  const uses = createUseRecorder({ store, clock, log });
  const clusters = createClusterAccess({
    runtimeDir: runtimeDir(settings),
    allowedNetworks: settings.allowedNetworks,
    clock,
    log,
    onUse: uses.note,
    refusedKeys: store.refusedKeys,
  });
  const { publicUrl } = settings;
  const wake = (): void => launcher.wake();
  const clusterActions = createClusterActions({
    store,
    vault,
    clusters,
    drivers,
    accountProbe,
    checkHeadJobOptions: checkOptions,
    hostKeyPolicy: settings.hostKeys,
    publicUrl,
    clock,
    log,
    wake,
  });
  const { targets } = clusterActions;

  const files = createMemberFiles({
    clusters,
    targetFor: (snapshot) => targets.forRun(snapshot, 'follow'),
    files: { range: readRange, parseRange, stream: streamFile, checkStream },
  });
  const reports = createReportActions({ store, clock, secrets, publicUrl, wake, files });
  const launcher = createLauncher(
    {
      store,
      clusters,
      drivers,
      readers: clusterActions.readerSights,
      targetFor: targets.forRun,
      secretsOf: createSecretsOfRun(store, vault),
      datasets: { piece: store.datasetPieces.get, command: placeDataset, parse: parsePlaced },
      forgetSecrets: { command: forgetSecrets, parse: parseForgotten },
      remains: { read: readRemains, parse: parseRemains },
      progress: progressReader,
      reportOf: async (run) => ({
        apiEndpoint: `${publicUrl}/api`,
        token: await reports.runTokens.issue(run),
      }),
      noteHostKeyChange: (snapshot) => clusterActions.noteHostKeyChange(snapshot.clusterKey),
      clock,
      log,
    },
    {
      owner: settings.instance,
      housekeeping: async () => {
        await clusterActions.destroyRetired();
        await store.sessions.removeExpired(clock.now());
        await store.datasetPieces.sweep(clock.now() - forgottenAfterMs);
      },
    },
  );

  const cleaner = createCleaner(
    {
      store,
      clusters,
      targetFor: targets.forFiles,
      presentPolicy: presentCleanup,
      command: cleanSession,
      parse: parseCleaned,
      clock,
      log,
    },
    settings.instance,
  );

  const launchable = new Set(drivers.keys());
  const metrics = createMetrics({
    openChannels: () => clusters.stats().open,
    runsByStatus: () => store.runs.countByStatus(),
  });
  const access = createAccess({ store });
  const api = await createApi({
    actions: {
      access,
      auditLog: createAuditLog({ store }),
      signIn: createSignInActions({ store, clock, passwords, secrets, brake }),
      sessions: createSessionActions({ store, clock, secrets }),
      passwords: foundation.passwords,
      setup,
      tokens,
      ...createPeopleActions({
        store,
        clock,
        clusters,
        clusterActions,
        anybodyMakes: settings.organisations === 'anybody',
        wake,
      }),
      ...clusterActions,
      labels: createLabelActions({ store, clock }),
      pipelineSecrets: createPipelineSecretActions({ store, vault, clock }),
      pipelines: createPipelineActions({ store, clock, checkRequest: checkLaunch }),
      datasets: createDatasetActions({ store, clock }),
      repositories: createRepositoryActions({
        store,
        clusters,
        targets,
        publicUrl,
        files: { read: readRepository, parse: parseRepository },
        readHosted: createReadHosted({ addressesOf: (host) => checkedAddresses(host, isUsable) }),
      }),
      runs: {
        launch: createLaunch({
          store,
          clock,
          launchable,
          vault,
          checkHeadJobOptions: checkOptions,
          checkRequest: checkLaunch,
          publicUrl,
          wake,
        }),
        ...createRunActions({ store, clock, wake }),
        ...createRunLogs({ store, files, fileNames: runFileNames }),
      },
      platforms: createPlatformActions({ launchable }),
      runNames: createRunNameActions({ store, access }),
      runStars: createRunStarActions({ store, clock }),
      ...reports,
    },
    settings: { publicUrl, trustedProxies: settings.trustedProxies, version, requestsPerMinute: 1_200 },
    log,
    ...(store.version && { dataVersion: store.version }),
    ready: async () => {
      await store.ping();
      return { ok: true, checks: { database: 'ok', rootKey: 'ok' } };
    },
    metrics,
  });
  const metricsListener = createMetricsListener(metrics);
  let stopWatching = (): void => {};

  return {
    api,
    metrics: metricsListener,
    start: async () => {
      // Before anything connects: what was suspended when this server stopped still is.
      await clusterActions.suspensions.sync();
      stopWatching = clusterActions.suspensions.watch();
      uses.start();
      await launcher.start();
      await cleaner.start();
      await clusterActions.checkPending();
    },
    stop: async () => {
      await api.close();
      metricsListener.close();
      await Promise.all([launcher.stop(), cleaner.stop()]);
      stopWatching();
      clusterActions.abandonChecks();
      await clusters.close();
      await clusterActions.idle();
      await uses.stop();
      await vault.close();
      await store.close();
    },
  };
};
