/** Throw-away Linux users (`lk…`) as the members of a test cluster. Needs root. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const execute = promisify(execFile);

export interface LinuxUserOptions {
  /** Part of the name that makes test logs readable, at most 12 characters: `alice` becomes `lkalice3f9c`. */
  label?: string;
  /** Absolute path of the login shell (`/bin/bash` unless told). */
  shell?: string;
  /** Public keys, `type base64`. */
  authorizedKeys?: readonly string[];
  /** Further groups, which must exist. */
  groups?: readonly string[];
}

/** Plain data: may travel to another process, see `linuxUser`. */
export interface LinuxAccount {
  name: string;
  uid: number;
  gid: number;
  home: string;
}

export interface LinuxUser extends LinuxAccount {
  /** Replaces the user's `authorized_keys`. */
  authorize(keys: readonly string[]): Promise<void>;
  /** Writes a file below the home directory, owned by the user, and returns its path. */
  write(path: string, content: string | Uint8Array, mode?: number): Promise<string>;
  /** Process ids that run under this user now. */
  processes(): Promise<number[]>;
  /** Ends the user's processes and removes the account with its home directory. */
  remove(): Promise<void>;
}

/** @throws Error without root: such tests must fail loudly, never pass by not running */
export const requireRoot = (): void => {
  if (process.getuid?.() !== 0)
    throw new Error('This test starts sshd and makes Linux users: run it as root.');
};

/** The account files have one lock for the whole machine, and others test at the same time. */
const account = async (program: string, args: readonly string[]): Promise<void> => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await execute(program, [...args]);
      return;
    } catch (error) {
      if (attempt === 50 || !/lock/.test(String(error))) throw error;
      await sleep(20 + Math.random() * 180);
    }
  }
};

const processesOf = async (uid: number): Promise<number[]> => {
  const found: number[] = [];
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const status = await readFile(`/proc/${entry}/status`, 'utf8').catch(() => '');
    if (status.match(/^Uid:\s+(\d+)/m)?.[1] === String(uid) && !/^State:\s+Z/m.test(status))
      found.push(Number(entry));
  }
  return found;
};

/** Makes a group of the test's own; `remove` takes it away again. */
export const createLinuxGroup = async (label = 'grp'): Promise<{ name: string; remove(): Promise<void> }> => {
  requireRoot();
  const name = `lk${label}${randomBytes(3).toString('hex')}`;
  await account('groupadd', [name]);
  return { name, remove: () => account('groupdel', ['-f', name]) };
};

/** The handle of an account that exists. */
export const linuxUser = ({ name, uid, gid, home }: LinuxAccount): LinuxUser => {
  const write = async (path: string, content: string | Uint8Array, mode = 0o644) => {
    const full = join(home, path);
    for (let dir = dirname(full), todo: string[] = []; ; dir = dirname(dir)) {
      if (dir !== home) todo.unshift(dir);
      else {
        for (const each of todo) {
          await mkdir(each, { mode: 0o755 }).catch(() => undefined);
          await chown(each, uid, gid);
        }
        break;
      }
    }
    await writeFile(full, content);
    await chmod(full, mode);
    await chown(full, uid, gid);
    return full;
  };
  const authorize = async (keys: readonly string[]) => {
    await write('.ssh/authorized_keys', keys.map((key) => `${key}\n`).join(''), 0o600);
  };
  const remove = async () => {
    for (let round = 0; round < 20; round += 1) {
      const pids = await processesOf(uid);
      if (pids.length === 0) break;
      for (const pid of pids) {
        try {
          process.kill(pid, 'SIGKILL');
        } catch {
          // gone already
        }
      }
      await sleep(25);
    }
    await account('userdel', ['-f', name]);
    await rm(home, { recursive: true, force: true });
  };

  return { name, uid, gid, home, authorize, write, processes: () => processesOf(uid), remove };
};

export const createLinuxUser = async (options: LinuxUserOptions = {}): Promise<LinuxUser> => {
  requireRoot();
  const name = `lk${(options.label ?? '').slice(0, 12)}${randomBytes(3).toString('hex')}`;
  const groups = options.groups?.length ? ['-G', options.groups.join(',')] : [];
  // sshd refuses an account with "!" in shadow even for keys when it runs without PAM: hence the "*".
  await account('useradd', ['-m', '-p', '*', '-s', options.shell ?? '/bin/bash', ...groups, name]);
  const [, , uid, gid, , home] = (await execute('getent', ['passwd', name])).stdout.trim().split(':');
  if (!home) throw new Error(`useradd made no ${name}`);
  const user = linuxUser({ name, uid: Number(uid), gid: Number(gid), home });
  if (options.authorizedKeys) await user.authorize(options.authorizedKeys);
  return user;
};
