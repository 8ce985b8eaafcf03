/** What is to be removed on clusters, when, and how far it is: one row for all runs of a session. */
import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { DialectName } from '../tables.ts';
import { columnTypes } from './column-types.ts';

export const sessionCleanups = (dialect: DialectName): Migration => ({
  up: async (db) => {
    const { text, int, end } = columnTypes[dialect];
    const statements = [
      `create table session_cleanups (
        session_id ${text} primary key,
        run_id ${text} not null references runs on delete cascade,
        policy ${text} not null,
        due_at ${int} not null,
        started_at ${int},
        cleaned_at ${int},
        failures ${int} not null,
        message ${text},
        tasks_removed ${int} not null,
        lease_owner ${text},
        lease_until ${int},
        fence ${int} not null${end}`,
      'create index session_cleanups_due on session_cleanups (due_at) where cleaned_at is null',
    ];
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
});
