/** Brings a database to the newest schema. One transaction: a migration happens completely or not at all. */
import type { Kysely } from 'kysely';
import { Migrator } from 'kysely/migration';
import { reasonOf, translated } from './errors.ts';
import { foundation } from './migrations/0001-foundation.ts';
import { people } from './migrations/0002-people.ts';
import { gate } from './migrations/0003-gate.ts';
import { credentialLists } from './migrations/0003-gate-credential-lists.ts';
import { sealedOwners } from './migrations/0003-sealed-owners.ts';
import { pipelines } from './migrations/0004-pipelines.ts';
import { runStars } from './migrations/0005-run-stars.ts';
import { secretsAndDatasets } from './migrations/0006-secrets-and-datasets.ts';
import { tasks } from './migrations/0007-tasks.ts';
import { readings } from './migrations/0008-readings.ts';
import { nextKey } from './migrations/0009-next-key.ts';
import { statusReaders } from './migrations/0010-status-readers.ts';
import { neighbour } from './migrations/0011-neighbour.ts';
import { jumpCredentials } from './migrations/0013-jump-credentials.ts';
import { sessionCleanups } from './migrations/0013-session-cleanups.ts';
import { waitingReports } from './migrations/0014-waiting-reports.ts';
import { reportKeys } from './migrations/0015-report-keys.ts';
import { refusedKeys } from './migrations/0016-refused-keys.ts';
import { taskErrors } from './migrations/0017-task-errors.ts';
import type { DialectName } from './tables.ts';

/**
 * Kysely locks: on PostgreSQL with an advisory lock, on SQLite by the write transaction itself, so replicas and the
 * CLI may start at once.
 * @throws AppError `unavailable` (503) when the database does not answer; Error naming the migration that failed
 */
export const migrate = async (db: Kysely<unknown>, dialect: DialectName): Promise<void> => {
  const migrations = {
    '0001-foundation': foundation(dialect),
    '0002-people': people(dialect),
    '0003-gate': gate(dialect),
    '0003-gate-credential-lists': credentialLists(dialect),
    '0003-sealed-owners': sealedOwners(dialect),
    '0004-pipelines': pipelines(dialect),
    '0005-run-stars': runStars(dialect),
    '0006-secrets-and-datasets': secretsAndDatasets(dialect),
    '0007-tasks': tasks(dialect),
    '0008-readings': readings(dialect),
    '0009-next-key': nextKey(dialect),
    '0010-status-readers': statusReaders(dialect),
    '0011-neighbour': neighbour(dialect),
    '0013-jump-credentials': jumpCredentials(dialect),
    '0013-session-cleanups': sessionCleanups(dialect),
    '0014-waiting-reports': waitingReports(dialect),
    '0015-report-keys': reportKeys(dialect),
    '0016-refused-keys': refusedKeys(dialect),
    '0017-task-errors': taskErrors(dialect),
  };
  const provider = { getMigrations: async () => migrations };
  const { error, results } = await new Migrator({ db: db.withoutPlugins(), provider }).migrateToLatest();
  if (error === undefined) return;
  const outage = translated(error);
  if (outage !== error) throw outage;
  const reason = reasonOf(error);
  if (/previously executed migration .* is missing/.test(reason))
    throw new Error('The database was written by a newer version of Latchkey: start that one', {
      cause: error,
    });
  const failed = results?.find(({ status }) => status === 'Error')?.migrationName;
  throw new Error(`The database cannot be brought up to date${failed ? ` (${failed})` : ''}: ${reason}`, {
    cause: error,
  });
};
