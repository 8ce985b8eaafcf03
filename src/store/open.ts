/** Opens the store: picks the database, migrates it, and puts the aggregates together. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { CamelCasePlugin, type Dialect, Kysely } from 'kysely';
import { AppError } from '#core/errors.ts';
import type { SettingStore, Store, Tables } from '#core/ports/store.ts';
import { createActivityStore } from './activity.ts';
import { createAuditStore } from './audit.ts';
import { createComputeEnvStore } from './compute-envs.ts';
import { createDatasetStore } from './datasets/datasets.ts';
import { createDatasetPieceStore } from './datasets/pieces.ts';
import { createDatasetVersionStore } from './datasets/versions.ts';
import { openPostgres } from './dialect/postgres.ts';
import { openSqlite } from './dialect/sqlite.ts';
import type { Observe } from './dialect/table-changes.ts';
import { translated } from './errors.ts';
import { createHostKeyStore } from './host-keys.ts';
import { createIdentityStore } from './identities.ts';
import { createLabelStore } from './labels.ts';
import { createManagedCredentialStore } from './managed-credentials.ts';
import { migrate } from './migrate.ts';
import { createOneTimeLinkStore } from './one-time-links.ts';
import { createCustomRoleStore } from './people/custom-roles.ts';
import { createMemberStore } from './people/members.ts';
import { createOrganisationStore } from './people/organisations.ts';
import { createParticipantStore } from './people/participants.ts';
import { createTeamStore } from './people/teams.ts';
import { createUserStore } from './people/users.ts';
import { createWorkspaceStore } from './people/workspaces.ts';
import { createPipelineSecretStore } from './pipeline-secrets.ts';
import { createPipelineVersionStore } from './pipeline-versions.ts';
import { createPipelineStore } from './pipelines.ts';
import { createReadingStore } from './readings.ts';
import { createRefusedKeyStore } from './refused-keys.ts';
import { createRemember, type Remember } from './remembered.ts';
import { createRunReportStore, createRunTokenStore } from './reports.ts';
import { createRunStarStore } from './run-stars.ts';
import { createRunStore } from './runs.ts';
import { createSealedValueStore } from './sealed-values.ts';
import { createSessionCleanupStore } from './session-cleanups.ts';
import { createSessionStore } from './sessions.ts';
import { createSettingStore } from './settings.ts';
import { createStatusReaderStore } from './status-readers.ts';
import type { Database, Db, DialectName } from './tables.ts';
import { createTaskStore } from './tasks/tasks.ts';
import { createTokenStore } from './tokens.ts';
import { createTransact } from './transactions.ts';
import { createWorkspaceCredentialStore } from './workspace-credentials.ts';

export interface StoreOptions {
  /** `sqlite:<path>` or `postgres://…` */
  url: string;
  log?: { warn(details: object, message: string): void };
  /**
   * May refuse the database by throwing before anything is written to it; gets a reader of its settings, which knows
   * nothing in a database that is new.
   */
  beforeMigrating?: (setting: SettingStore['get']) => Promise<void>;
}

interface Opened {
  dialect: Dialect;
  name: DialectName;
  /** See SqliteDialect. */
  sweep(): void;
  /** See SqliteDialect. */
  observe?: Observe;
  version?: () => number;
}

const openDialect = ({ url, log }: StoreOptions): Opened => {
  if (/^postgres(ql)?:\/\//.test(url)) {
    const dialect = openPostgres(url, (error) =>
      log?.warn({ reason: error.message }, 'A connection to the database was lost'),
    );
    return { dialect, name: 'postgres', sweep: () => {} };
  }
  const path = /^sqlite:(?:\/\/)?(.+)$/.exec(url)?.[1];
  if (path === undefined || path === ':memory:')
    throw new AppError('bad_request', 400, 'The database is given as sqlite:<path> or postgres://…');
  const dialect = openSqlite(path);
  const { sweep, observe, version } = dialect;
  return { dialect, name: 'sqlite', sweep, observe, version };
};

type Makers = {
  readonly [Name in keyof Tables]: (db: Db, dialect: DialectName, sweep: () => void) => Tables[Name];
};

const makers: Makers = {
  users: createUserStore,
  organisations: createOrganisationStore,
  members: createMemberStore,
  workspaces: createWorkspaceStore,
  teams: createTeamStore,
  customRoles: createCustomRoleStore,
  participants: createParticipantStore,
  tokens: createTokenStore,
  sessions: createSessionStore,
  oneTimeLinks: createOneTimeLinkStore,
  identities: createIdentityStore,
  managedCredentials: createManagedCredentialStore,
  credentials: createWorkspaceCredentialStore,
  sealedValues: createSealedValueStore,
  statusReaders: createStatusReaderStore,
  refusedKeys: createRefusedKeyStore,
  activity: createActivityStore,
  hostKeys: createHostKeyStore,
  computeEnvs: createComputeEnvStore,
  runs: createRunStore,
  tasks: createTaskStore,
  sessionCleanups: createSessionCleanupStore,
  readings: createReadingStore,
  runReports: createRunReportStore,
  runTokens: createRunTokenStore,
  labels: createLabelStore,
  runStars: createRunStarStore,
  pipelineSecrets: createPipelineSecretStore,
  pipelines: createPipelineStore,
  pipelineVersions: createPipelineVersionStore,
  datasets: createDatasetStore,
  datasetVersions: createDatasetVersionStore,
  datasetPieces: createDatasetPieceStore,
  audit: createAuditStore,
  settings: createSettingStore,
};

/** Each is made when it is first asked for: a transaction needs a few, and making all took 8 % of a launch. */
const createTables = (db: Db, dialect: DialectName, sweep: () => void): Tables =>
  new Proxy<Partial<Tables>>(
    {},
    {
      get: (made: Record<string, unknown>, name: keyof Tables) =>
        (made[name] ??= makers[name]?.(db, dialect, sweep)),
    },
  ) as Tables;

type Call = <Result>(work: () => Promise<Result>) => Promise<Result>;

/** Puts every method of every aggregate through `call`, and past what is remembered. */
const throughCall = (tables: Tables, call: Call, remember: Remember): Tables =>
  Object.fromEntries(
    Object.keys(makers).map((name) => {
      const aggregate = tables[name as keyof Tables] as unknown as Record<
        string,
        (...args: unknown[]) => Promise<unknown>
      >;
      const methods = Object.entries(aggregate).map(([method, work]) => [
        method,
        (...args: unknown[]) => call(() => remember(name, method, args, () => work(...args))),
      ]);
      return [name, Object.fromEntries(methods)];
    }),
  ) as unknown as Tables;

const readBeforeMigrating = async (db: Db, name: string): Promise<string | undefined> => {
  const tables = await db.introspection.getTables();
  return tables.some((table) => table.name === 'settings') ? createSettingStore(db).get(name) : undefined;
};

/**
 * Opens the database and brings it up to date.
 * @throws AppError `bad_request` for an address that names no database, `unavailable` (503) when it cannot be opened
 */
export const openStore = async (options: StoreOptions): Promise<Store> => {
  const { dialect, name, sweep, observe, version } = openDialect(options);
  const db = new Kysely<Database>({ dialect, plugins: [new CamelCasePlugin()] });
  try {
    await options.beforeMigrating?.((setting) => readBeforeMigrating(db, setting));
    await migrate(db as unknown as Kysely<unknown>, name);
  } catch (error) {
    await db.destroy();
    throw translated(error);
  }

  const current = new AsyncLocalStorage<{ open: boolean }>();
  /** Inside a transaction the store itself would wait for it for ever, or work beside it: a mistake, said at once. */
  const call: Call = async (work) => {
    if (current.getStore()?.open) throw new Error('Inside a transaction use the tables that it was given');
    try {
      return await work();
    } catch (error) {
      throw translated(error);
    }
  };

  const transact = createTransact(db, name);

  return {
    ...throughCall(createTables(db, name, sweep), call, createRemember(observe)),

    transaction: (work) =>
      call(() =>
        transact((within) => {
          const state = { open: true };
          return current
            .run(state, () => work(createTables(within, name, sweep)))
            .finally(() => {
              state.open = false;
            });
        }),
      ),

    ...(version && { version }),

    ping: () =>
      call(async () => {
        await db.selectFrom('settings').select('name').limit(1).execute();
      }),

    close: () => db.destroy(),
  };
};
