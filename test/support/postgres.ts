/** A throw-away PostgreSQL 15 on a free loopback port. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { accountIds } from './account-ids.ts';
import { openLedger } from './ledger.ts';
import { freePort } from './sshd.ts';

const execute = promisify(execFile);

export interface Postgres {
  /** Makes an empty database and returns its `postgres://` address. */
  createDatabase(): Promise<string>;
  /** Ends the server as a power cut would, and starts it again on its data. */
  crashAndRestart(): Promise<void>;
  stop(): Promise<void>;
}

/** Debian keeps the server's programs out of the PATH, by version. */
const programs = async (): Promise<string> => {
  const root = '/usr/lib/postgresql';
  const versions = (await readdir(root).catch((): string[] => [])).sort((a, b) => Number(b) - Number(a));
  if (!versions[0]) throw new Error('PostgreSQL is not installed: apt-get install postgresql');
  return join(root, versions[0], 'bin');
};

/** Starts PostgreSQL in about 2 s; it ends with `stop()` or with this process. */
export const startPostgres = async (): Promise<Postgres> => {
  const ledger = await openLedger('postgres');
  try {
    const bin = await programs();
    const owner = process.getuid?.() === 0 ? await accountIds('postgres') : undefined;
    const home = join(ledger.dir, 'home');
    const data = join(home, 'data');
    await mkdir(home);
    if (owner) await chown(home, owner.uid, owner.gid);
    const asOwner = { ...owner, cwd: home, env: { PATH: bin, LC_ALL: 'C.UTF-8' } };
    await execute(join(bin, 'initdb'), ['-D', data, '-U', 'postgres', '-A', 'trust', '--no-sync'], asOwner);
    const port = await freePort();
    const place = ['-D', data, '-k', home, '-h', '127.0.0.1', '-p', `${port}`];
    const quick = ['-c', 'fsync=off', '-c', 'max_connections=200', '-c', 'shared_buffers=32MB'];
    const psql = (sql: string) =>
      execute(
        join(bin, 'psql'),
        ['-X', '-q', '-h', '127.0.0.1', '-p', `${port}`, '-U', 'postgres', '-c', sql],
        asOwner,
      );
    const start = () =>
      ledger.daemon('postgres', {
        // fsync off: a test's database outlives no power cut. Room for many pools at once.
        command: [join(bin, 'postgres'), ...place, ...quick],
        ...owner,
        // "Immediate" shutdown: no checkpoint, but its shared memory goes.
        signal: 'QUIT',
        ready: () =>
          psql('select 1').then(
            () => true,
            () => false,
          ),
      });
    let server = await start();
    return {
      createDatabase: async () => {
        const name = `lk${randomBytes(6).toString('hex')}`;
        // As many servers are: by itself it sorts as people do, not bytewise.
        await psql(`create database ${name} template template0 locale_provider icu icu_locale 'en-US'`);
        return `postgres://postgres@127.0.0.1:${port}/${name}`;
      },
      crashAndRestart: async () => {
        await server.stop();
        server = await start();
      },
      stop: ledger.close,
    };
  } catch (error) {
    await ledger.close();
    throw error;
  }
};
