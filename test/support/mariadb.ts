/** A private MariaDB, for Slurm's accounting alone. */
import { execFile } from 'node:child_process';
import { chown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { accountIds } from './account-ids.ts';
import type { Ledger } from './ledger.ts';

const execute = promisify(execFile);

/** Starts MariaDB on a socket; user `root` without a password. */
export const startMariadb = async (ledger: Ledger): Promise<{ socket: string }> => {
  const home = join(ledger.dir, 'mariadb');
  const owner = await accountIds('mysql');
  await mkdir(home, { mode: 0o755 });
  await chown(home, owner.uid, owner.gid);
  const socket = join(home, 'socket');
  const data = `--datadir=${join(home, 'data')}`;
  await execute('mariadb-install-db', [
    '--no-defaults',
    data,
    '--user=mysql',
    '--auth-root-authentication-method=normal',
    '--skip-test-db',
    '--skip-name-resolve',
  ]);
  await ledger.daemon('mariadb', {
    command: [
      '/usr/sbin/mariadbd',
      '--no-defaults',
      data,
      `--socket=${socket}`,
      `--pid-file=${join(home, 'pid')}`,
      '--skip-networking',
      '--innodb-buffer-pool-size=32M',
      '--innodb-lock-wait-timeout=900',
      // It lives as long as the test: nothing has to survive a power cut.
      '--innodb-flush-log-at-trx-commit=0',
      '--innodb-doublewrite=0',
    ],
    ...owner,
    ready: () =>
      execute('mariadb-admin', ['--no-defaults', '-uroot', `--socket=${socket}`, 'ping']).then(
        () => true,
        () => false,
      ),
  });
  return { socket };
};
