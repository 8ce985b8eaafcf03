/** A real OpenSSH server on a free loopback port, with its own host keys and directory, for tests and benchmarks. */
import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, connect as openSocket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { requireRoot } from './linux-users.ts';

const execute = promisify(execFile);

export type HostKeyType = 'ed25519' | 'rsa' | 'ecdsa';

export interface SshdOptions {
  /** Defaults to ed25519 alone: an RSA key costs a second to make. */
  hostKeyTypes?: readonly HostKeyType[];
  /** Directory of host keys from an earlier server (its `hostKeyDir`), to come back with the same keys. */
  hostKeyDir?: string;
  port?: number;
  /** Loopback address, `127.0.0.1` unless told: several login nodes are several addresses. */
  address?: string;
  logLevel?: 'INFO' | 'VERBOSE' | 'DEBUG' | 'DEBUG2' | 'DEBUG3';
  /** Further lines of `sshd_config`; they come first and so win (`MaxSessions 1`, `ForceCommand …`). */
  config?: readonly string[];
}

export interface Sshd {
  host: string;
  port: number;
  pid: number;
  dir: string;
  hostKeyDir: string;
  /** `type base64`, as a pin. */
  hostKeys: string[];
  /** Everything the server has logged so far. */
  log(): Promise<string>;
  /** As a login node that loses power: the listener and every session of it end at once. `stop` is still to be called. */
  crash(): Promise<void>;
  /** Ends the listener and removes its directory; connections that are open live on. */
  stop(): Promise<void>;
}

/** A loopback port nobody listens on at this moment. */
export const freePort = (host = '127.0.0.1'): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, host, () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });

const answers = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = openSocket({ port, host });
    const end = (value: boolean) => {
      socket.destroy();
      resolve(value);
    };
    socket.once('data', () => end(true));
    socket.once('error', () => end(false));
    socket.setTimeout(2_000, () => end(false));
  });

const signal = (pid: number, name: 'SIGSTOP' | 'SIGKILL'): void => {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended meanwhile.
  }
};

const titleOf = async (pid: number): Promise<string> =>
  (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replace(/\0+$/, '');
const childrenOf = async (pid: number): Promise<number[]> =>
  (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => ''))
    .trim()
    .split(' ')
    .filter(Boolean)
    .map(Number);

/**
 * A process and all below it, stopped from above so that none can bring forth another; those that have left the tree
 * (jobs, daemons) are not among them.
 */
const frozen = async (pid: number): Promise<number[]> => {
  signal(pid, 'SIGSTOP');
  return [pid, ...(await Promise.all((await childrenOf(pid)).map(frozen))).flat()];
};

/**
 * What a connection says before its login is logged by another process, and late: whoever looks for what must not be there
 * would look too early. A connection that has logged in has a process called `sshd: user@notty`.
 */
const loginsAreOver = async (pid: number): Promise<void> => {
  for (let wait = 0; wait < 75; wait += 1) {
    const connections = await childrenOf(pid);
    const over = await Promise.all(
      connections.map(async (connection) => {
        const processes = [connection, ...(await childrenOf(connection))];
        const titles = await Promise.all(processes.map(titleOf));
        return titles[0] === '' || titles.some((title) => title.includes('@'));
      }),
    );
    if (!over.includes(false)) return;
    await sleep(20);
  }
};

/** Starts `sshd`; needs root. Resolves once it answers with its banner. */
export const startSshd = async (options: SshdOptions = {}): Promise<Sshd> => {
  requireRoot();
  const dir = await mkdtemp(join(tmpdir(), 'latchkey-sshd-'));
  await mkdir('/run/sshd', { recursive: true, mode: 0o755 });
  const host = options.address ?? '127.0.0.1';
  const types = options.hostKeyTypes ?? ['ed25519'];
  const hostKeyDir = options.hostKeyDir ?? dir;
  const keyFile = (type: HostKeyType) => join(hostKeyDir, `host_${type}`);
  if (!options.hostKeyDir) {
    for (const type of types) {
      await execute('ssh-keygen', ['-q', '-t', type, '-N', '', '-C', '', '-f', keyFile(type)]);
    }
  }
  const hostKeys: string[] = [];
  for (const type of types) {
    hostKeys.push((await readFile(`${keyFile(type)}.pub`, 'utf8')).trim().split(' ').slice(0, 2).join(' '));
  }

  for (let attempt = 1; ; attempt += 1) {
    const port = options.port ?? (await freePort(host));
    const lines = [
      // Of this one the last counts, of all others the first.
      'MaxStartups 100',
      ...(options.config ?? []),
      `Port ${port}`,
      `ListenAddress ${host}`,
      ...types.map((type) => `HostKey ${keyFile(type)}`),
      `PidFile ${dir}/pid`,
      'UsePAM no',
      'StrictModes no',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'UseDNS no',
      'PrintMotd no',
      `LogLevel ${options.logLevel ?? 'VERBOSE'}`,
    ];
    await writeFile(join(dir, 'sshd_config'), `${lines.join('\n')}\n`);
    const child = spawn('/usr/sbin/sshd', ['-D', '-f', join(dir, 'sshd_config'), '-E', join(dir, 'log')], {
      stdio: 'ignore',
    });
    const endWithUs = () => child.kill('SIGKILL');
    process.once('exit', endWithUs);
    const log = async () => {
      if (child.pid !== undefined) await loginsAreOver(child.pid);
      return readFile(join(dir, 'log'), 'utf8').catch(() => '');
    };
    let up = false;
    for (let wait = 0; wait < 100 && !up && child.exitCode === null; wait += 1) {
      up = await answers(host, port);
      if (!up) await sleep(20);
    }
    const { pid } = child;
    if (up && child.exitCode === null && pid !== undefined) {
      const crash = async () => {
        const all = await frozen(pid);
        for (const each of all) signal(each, 'SIGKILL');
      };
      const stop = async () => {
        process.removeListener('exit', endWithUs);
        if (child.exitCode === null && child.signalCode === null) {
          const gone = new Promise((resolve) => child.once('exit', resolve));
          child.kill('SIGTERM');
          await gone;
        }
        await rm(dir, { recursive: true, force: true });
      };
      return { host, port, pid, dir, hostKeyDir, hostKeys, log, crash, stop };
    }
    process.removeListener('exit', endWithUs);
    child.kill('SIGKILL');
    if (attempt === 3) throw new Error(`sshd does not start:\n${await log()}`);
  }
};
