/** What is particular to PostgreSQL beside its transactions: pool, time, order, lists. */
import type { Break } from './break.ts';

export const breaks: readonly Break[] = [
  {
    keeps: 'a pool that loses a connection says so and goes on (PostgreSQL)',
    file: 'src/store/dialect/postgres.ts',
    from: "  pool.on('error', onError);\n",
    to: "  pool.on('error', () => {});\n",
    test: 'src/store/postgres.real.test.ts',
    named: 'a crash of the server',
  },
  {
    keeps: 'a replica that hangs keeps the others waiting for half a minute at most (PostgreSQL)',
    file: 'src/store/dialect/postgres.ts',
    from: '    lock_timeout: 30_000,\n',
    to: '',
    test: 'src/store/postgres.real.test.ts',
    named: 'who hangs keeps nobody',
  },
  {
    keeps: 'a transaction that nobody goes on with ends (PostgreSQL)',
    file: 'src/store/dialect/postgres.ts',
    from: '    idle_in_transaction_session_timeout: 60_000,\n',
    to: '',
    test: 'src/store/postgres.real.test.ts',
    named: 'who hangs keeps nobody',
  },
  {
    keeps: 'texts are ordered bytewise, whatever the locale of the server (PostgreSQL)',
    file: 'src/store/migrations/column-types.ts',
    from: `    text: 'text collate "C"',\n`,
    to: "    text: 'text',\n",
    test: 'src/store/people/people.real.test.ts',
    named: 'unique in their organisation alone',
  },
  {
    keeps: 'times fit their columns (PostgreSQL)',
    file: 'src/store/migrations/column-types.ts',
    from: "    int: 'bigint',\n",
    to: "    int: 'integer',\n",
    test: 'src/store/people/people.real.test.ts',
    named: 'times keep their milliseconds',
  },
  {
    keeps: 'lists are arrays (PostgreSQL)',
    file: 'src/store/lists.ts',
    from: "(dialect === 'postgres' ? texts : JSON.stringify(texts))",
    to: 'JSON.stringify(texts)',
    test: 'src/store/runs.real.test.ts',
    named: 'release gives back',
  },
];
