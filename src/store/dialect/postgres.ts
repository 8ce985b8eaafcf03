/** Kysely on PostgreSQL: a pool whose 64-bit integers come as numbers and that outlives a restart of the server. */
import { type Dialect, PostgresDialect } from 'kysely';
import { Pool, types } from 'pg';

/** `onError`: a connection was lost; the pool replaces it. */
export const openPostgres = (url: string, onError: (error: Error) => void): Dialect => {
  const pool = new Pool({
    connectionString: url,
    application_name: 'latchkey',
    max: 10,
    connectionTimeoutMillis: 10_000,
    // A replica that hangs or vanishes must not keep the others waiting for ever.
    lock_timeout: 30_000,
    statement_timeout: 60_000,
    idle_in_transaction_session_timeout: 60_000,
    keepAlive: true,
    types: {
      // Ids and epoch milliseconds, far below 2^53.
      getTypeParser: ((oid, format) =>
        oid === types.builtins.INT8
          ? Number
          : types.getTypeParser(oid, format)) as typeof types.getTypeParser,
    },
  });
  // A connection lost between two statements of a transaction: the next one says so; unheard, it would end the process.
  pool.on('connect', (client) => client.on('error', () => {}));
  pool.on('error', onError);
  return new PostgresDialect({ pool });
};
