/** A whole small cluster as a member meets it: a login node with sshd, Slurm, a shared work directory, Nextflow. */
import { execFile, spawn } from 'node:child_process';
import { chmod, chown, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Ledger, openLedger } from './ledger.ts';
import {
  createLinuxGroup,
  createLinuxUser,
  type LinuxAccount,
  type LinuxUser,
  linuxUser,
} from './linux-users.ts';
import { installNextflow, makePipelines, type Pipelines } from './nextflow.ts';
import {
  type Slurm,
  type SlurmCommands,
  type SlurmFacts,
  type SlurmOptions,
  slurmCommands,
  startSlurm,
} from './slurm.ts';
import { type Sshd, startSshd } from './sshd.ts';

const execute = promisify(execFile);

export interface ClusterOptions extends SlurmOptions {
  /** Members by label, with their login shells; Alice and Bob with bash unless told. */
  users?: Record<string, { shell?: string }>;
}

export interface MemberAccount extends LinuxAccount {
  shell: string;
  /** Private key as OpenSSH writes it, without a passphrase: what a member pastes. */
  privateKey: string;
  /** `type base64` */
  publicKey: string;
  /** The private key as a file, for the system's own `ssh`. */
  keyFile: string;
}

/** Plain data: may travel to another process, see `attachCluster`. */
export interface ClusterFacts {
  dir: string;
  host: string;
  port: number;
  /** `type base64`, as pins. */
  hostKeys: string[];
  slurm: SlurmFacts;
  /** The members' common Linux group. */
  group: string;
  /** Shared by the group: setgid, with a default ACL. */
  workDir: string;
  /** Holds `nextflow`; on the PATH that a login gives. */
  binDir: string;
  pipelines: Pipelines;
  users: Record<string, MemberAccount>;
}

export interface Login {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

export interface AttachedCluster {
  facts: ClusterFacts;
  slurm: SlurmCommands;
  /** One member, by label. */
  user(label: string): MemberAccount & LinuxUser;
  /** Logs in with the system's `ssh` as one member and lets the login shell read `script`. */
  login(label: string, script: string): Promise<Login>;
  /** Adds a member; gone with the cluster, or with `remove()`. */
  addUser(label: string, options?: { shell?: string }): Promise<MemberAccount & LinuxUser>;
  /** Has something made elsewhere taken away with the cluster, before the accounts that were there already. */
  note: Ledger['note'];
  /** One more login node with its own keys and settings, to stop, restart or break. The caller stops it. */
  startSshd: typeof startSshd;
}

export interface Cluster extends AttachedCluster {
  slurm: Slurm;
  sshd: Sshd;
  stop(): Promise<void>;
}

/** Slurm and Nextflow are reachable with what a login gives, and only so, as sites do it. */
const writeLogin = async (user: LinuxUser, shell: string, place: LoginPlace): Promise<void> => {
  const { environment, binDir } = place;
  const program = shell.split('/').at(-1);
  const lines = (line: (name: string, value: string) => string, path: string) =>
    `${Object.entries(environment)
      .map(([name, value]) => `${line(name, value)}\n`)
      .join('')}${path}\n`;
  if (program === 'fish')
    await user.write(
      '.config/fish/config.fish',
      `if status is-login\n${lines((name, value) => `set -gx ${name} ${value}`, `set -gx PATH ${binDir} $PATH`)}end\n`,
    );
  else if (program === 'tcsh' || program === 'csh')
    await user.write(
      '.login',
      lines((name, value) => `setenv ${name} ${value}`, `setenv PATH ${binDir}:$PATH`),
    );
  else {
    const exports = lines((name, value) => `export ${name}=${value}`, `export PATH=${binDir}:$PATH`);
    if (program === 'zsh') await user.write('.zprofile', exports);
    else {
      const given = await readFile(join(user.home, '.profile'), 'utf8').catch(() => '');
      await user.write('.profile', `${exports}${given}`);
    }
  }
};

/** What the login of a member gives: the scheduler's variables and the PATH to Nextflow. */
interface LoginPlace extends Pick<ClusterFacts, 'dir' | 'group' | 'binDir'> {
  environment: Record<string, string>;
}

/** A Linux account with a key, in the members' group. */
export const createMember = async (
  place: LoginPlace,
  label: string,
  shell: string,
  note: Ledger['note'],
): Promise<MemberAccount> => {
  const user = await createLinuxUser({ label, shell, groups: [place.group] });
  await note('user', user.name);
  const keyFile = join(place.dir, 'keys', user.name);
  await execute('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', keyFile]);
  const publicKey = (await readFile(`${keyFile}.pub`, 'utf8')).trim().split(' ').slice(0, 2).join(' ');
  await user.authorize([publicKey]);
  await writeLogin(user, shell, place);
  const { name, uid, gid, home } = user;
  return { name, uid, gid, home, shell, publicKey, keyFile, privateKey: await readFile(keyFile, 'utf8') };
};

const loginAs = (facts: ClusterFacts, user: MemberAccount, script: string): Promise<Login> =>
  new Promise((resolve, reject) => {
    const options = [
      '-F/dev/null',
      '-oBatchMode=yes',
      '-oIdentitiesOnly=yes',
      '-oStrictHostKeyChecking=yes',
      '-oLogLevel=ERROR',
      `-oUserKnownHostsFile=${join(facts.dir, 'known_hosts')}`,
    ];
    const target = ['-T', '-i', user.keyFile, '-p', `${facts.port}`, '-l', user.name, facts.host];
    const child = spawn('ssh', [...options, ...target], { stdio: 'pipe' });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => (stdout += String(chunk)));
    child.stderr.on('data', (chunk) => (stderr += String(chunk)));
    child.once('error', reject);
    child.once('close', (exitCode) => resolve({ exitCode, stdout, stderr }));
    child.stdin.end(`${script}\n`);
  });

const attach = (facts: ClusterFacts, note: Ledger['note']): AttachedCluster => {
  const slurm = slurmCommands(facts.slurm);
  const user = (label: string) => {
    const account = facts.users[label];
    if (!account)
      throw new Error(`This cluster has no ${label}, only ${Object.keys(facts.users).join(', ')}`);
    return { ...account, ...linuxUser(account) };
  };
  return {
    facts,
    slurm,
    user,
    login: (label, script) => loginAs(facts, user(label), script),
    startSshd,
    note,
    addUser: async (label, options = {}) => {
      const place = { ...facts, environment: { SLURM_CONF: facts.slurm.conf } };
      facts.users[label] = await createMember(place, label, options.shell ?? '/bin/bash', note);
      await slurm.addUsers([user(label).name], 'lab');
      return user(label);
    },
  };
};

/** The cluster of another process, from its facts. What is added here is gone with that cluster too. */
export const attachCluster = (facts: ClusterFacts): AttachedCluster =>
  attach(facts, (kind, name) => writeFile(join(facts.dir, 'ledger'), `${kind} ${name}\n`, { flag: 'a' }));

/** Makes the members' group and gives it the work directory: setgid, with a default ACL. Returns its name. */
export const sharedGroup = async (ledger: Ledger, workDir: string): Promise<string> => {
  const group = await createLinuxGroup('lab');
  await ledger.note('group', group.name);
  const gid = Number((await execute('getent', ['group', group.name])).stdout.split(':')[2]);
  await chown(workDir, 0, gid);
  await chmod(workDir, 0o2770);
  await execute('setfacl', ['-d', '-m', 'u::rwx,g::rwx,o::-', workDir]);
  return group.name;
};

/** Brings a cluster up in about 5 s; it ends with `stop()` or with this process, however that ends. */
export const startCluster = async (options: ClusterOptions = {}): Promise<Cluster> => {
  const ledger = await openLedger('cluster');
  const sshd = await startSshd();
  const stop = async () => {
    await sshd.stop();
    await ledger.close();
  };
  try {
    const { dir } = ledger;
    const place = { dir, binDir: join(dir, 'bin'), workDir: join(dir, 'work') };
    await mkdir(join(dir, 'keys'), { mode: 0o700 });
    await mkdir(place.workDir);

    const [slurm, pipelines, group] = await Promise.all([
      startSlurm(ledger, options),
      makePipelines(join(dir, 'pipelines')),
      sharedGroup(ledger, place.workDir),
      installNextflow(place.binDir),
    ]);
    const { host, port, hostKeys } = sshd;
    await writeFile(join(dir, 'known_hosts'), hostKeys.map((key) => `[${host}]:${port} ${key}\n`).join(''));

    const users: Record<string, MemberAccount> = {};
    const { clusterName, conf, accounting } = slurm;
    const slurmFacts = { clusterName, conf, accounting };
    for (const [label, { shell = '/bin/bash' }] of Object.entries(options.users ?? { alice: {}, bob: {} }))
      users[label] = await createMember(
        { ...place, group, environment: { SLURM_CONF: conf } },
        label,
        shell,
        ledger.note,
      );
    await slurm.addUsers(
      Object.values(users).map(({ name }) => name),
      'lab',
    );

    const facts: ClusterFacts = {
      ...place,
      host,
      port,
      hostKeys,
      slurm: slurmFacts,
      group,
      pipelines,
      users,
    };
    return {
      ...attach(facts, ledger.note),
      slurm,
      sshd,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
};
