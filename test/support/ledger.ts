/**
 * What a test brings up outside its own process is written down here, so that it goes away with the process: at
 * the end, on Ctrl-C, after a crash (a reaper waits for our death), and after a power cut (the next run's sweep).
 */
import { spawn } from 'node:child_process';
import { appendFile, chmod, mkdtemp, open, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const reaperScript = join(import.meta.dirname, 'reap.sh');
const prefix = 'latchkey-test-';

export interface DaemonOptions {
  /** Stays in the foreground; its output goes to `<dir>/<name>.log`. */
  command: readonly [string, ...string[]];
  env?: Record<string, string>;
  uid?: number;
  gid?: number;
  /** What ends it; KILL unless told, for nothing of it is needed afterwards. */
  signal?: 'KILL' | 'QUIT' | 'TERM';
  /** Asked every 50 ms until it says yes. */
  ready: () => Promise<boolean>;
}

export interface Daemon {
  pid: number;
  /** Ends it with its process group now. */
  stop(): Promise<void>;
}

export interface Ledger {
  /** Temporary directory, readable by everybody, gone at the end. */
  dir: string;
  /** Notes a Linux user, group or mount made elsewhere, to be removed at the end. */
  note(kind: 'user' | 'group' | 'mount', name: string): Promise<void>;
  /** Starts a daemon. @throws Error with the end of its log when it is not ready within 20 s */
  daemon(name: string, options: DaemonOptions): Promise<Daemon>;
  /** Takes everything down, in reverse order, and removes the directory. */
  close(): Promise<void>;
}

/** Field 22 of `/proc/PID/stat`: tells a process from a later one with its number. */
const startTime = async (pid: number): Promise<string> => {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
};

const startReaper = (dir: string, input: 'pipe' | 'ignore') =>
  spawn('/bin/sh', [reaperScript, dir], { stdio: [input, 'pipe', 'ignore'], detached: true });

/** Takes down what earlier runs left whose reaper could not run. */
const sweep = async (): Promise<void> => {
  const left = (await readdir(tmpdir())).filter((name) => name.startsWith(prefix));
  await Promise.all(
    left.map(async (name) => {
      const names = await readdir(join(tmpdir(), name)).catch((): string[] => []);
      if (!names.includes('ledger')) return;
      const reaper = startReaper(join(tmpdir(), name), 'ignore');
      await new Promise((resolve) => reaper.once('close', resolve));
    }),
  );
};

export const openLedger = async (label: string): Promise<Ledger> => {
  await sweep();
  const dir = await mkdtemp(join(tmpdir(), `${prefix}${label}-`));
  await chmod(dir, 0o755);
  const reaper = startReaper(dir, 'pipe');
  const reaped = new Promise<void>((resolve) => reaper.once('exit', () => resolve()));
  await new Promise((resolve, reject) => {
    reaper.stdout?.once('data', resolve);
    reaper.once('error', reject);
  });
  reaper.stdout?.destroy();
  reaper.unref();
  const lifeline = reaper.stdin;
  if (lifeline && 'unref' in lifeline && typeof lifeline.unref === 'function') lifeline.unref();
  const write = (line: string) => appendFile(join(dir, 'ledger'), `${line}\n`);

  const daemon = async (name: string, options: DaemonOptions): Promise<Daemon> => {
    const logFile = join(dir, `${name}.log`);
    const log = await open(logFile, 'a', 0o644);
    const [program, ...args] = options.command;
    const child = spawn(program, args, {
      cwd: dir,
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
      env: {
        PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
        LC_ALL: 'C.UTF-8',

        ...options.env,
      },
      ...(options.uid === undefined ? {} : { uid: options.uid }),
      ...(options.gid === undefined ? {} : { gid: options.gid }),
    });
    let ended: string | undefined;
    const gone = new Promise<void>((resolve) => {
      const end = (why: string) => {
        ended = why;
        resolve();
      };
      child.once('error', (error) => end(error.message));
      child.once('exit', (status, signal) => end(`it ended with ${status ?? signal}`));
    });
    child.unref();
    await log.close();
    const { pid } = child;
    if (pid === undefined) {
      await gone;
      throw new Error(`${name} does not start: ${ended}`);
    }
    const signal = options.signal ?? 'KILL';
    await write(`process ${pid} ${await startTime(pid)} ${signal}`);

    const patience = Date.now() + 20_000;
    while (!(await options.ready())) {
      if (ended !== undefined || Date.now() > patience) {
        const tail = (await readFile(logFile, 'utf8')).slice(-2000);
        throw new Error(`${name} does not start: ${ended ?? 'it is not ready after 20 s'}\n${tail}`);
      }
      await sleep(50);
    }
    return {
      pid,
      stop: async () => {
        child.ref();
        if (ended === undefined) process.kill(-pid, `SIG${signal}`);
        await gone;
      },
    };
  };

  return {
    dir,
    note: (kind, name) => write(`${kind} ${name}`),
    daemon,
    close: async () => {
      reaper.ref();
      lifeline?.end();
      await reaped;
    },
  };
};
