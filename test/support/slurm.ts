/** A real Slurm of one node with munge, and with accounting where asked: private directory, ports and sockets. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { accountIds } from './account-ids.ts';
import type { Ledger } from './ledger.ts';
import { startMariadb } from './mariadb.ts';
import { freePort } from './sshd.ts';

const execute = promisify(execFile);

export interface SlurmOptions {
  /** With slurmdbd and a database (the default), as most sites; without, `sacct` knows nothing. */
  accounting?: boolean;
  /** Lines of slurm.conf to add or replace, for example `{ MinJobAge: '2', PrivateData: 'jobs' }`. */
  settings?: Record<string, string>;
}

/** Plain data: may travel to another process, see `slurmCommands`. */
export interface SlurmFacts {
  clusterName: string;
  /** Path of slurm.conf, the value of `SLURM_CONF`. */
  conf: string;
  accounting: boolean;
}

export interface SlurmCommands {
  /** Runs a Slurm program as root and returns its stdout. @throws Error with its stderr */
  run(program: string, ...args: string[]): Promise<string>;
  /** Rows of `squeue` over all users, as objects of the fields named, `{ JobID: '12', UserName: 'alice' }`. */
  squeue(...fields: string[]): Promise<Record<string, string>[]>;
  /** Rows of `sacct -X` over all users since yesterday. */
  sacct(...fields: string[]): Promise<Record<string, string>[]>;
  /** Lets users submit, under an account that is made where it is missing; the first becomes their default. */
  addUsers(users: readonly string[], account: string): Promise<void>;
}

export interface Slurm extends SlurmFacts, SlurmCommands {
  /** Ends and starts the controller, as an operator would. */
  stopController(): Promise<void>;
  startController(): Promise<void>;
}

const configuration = (
  dir: string,
  cluster: string,
  ports: readonly number[],
  options: SlurmOptions,
): string => {
  const state = (name: string) => join(dir, 'slurm', name);
  const settings: Record<string, string> = {
    ClusterName: cluster,
    SlurmctldHost: `${hostname()}(127.0.0.1)`,
    SlurmctldPort: `${ports[0]}`,
    SlurmdPort: `${ports[1]}`,
    SlurmUser: 'root',
    AuthType: 'auth/munge',
    AuthInfo: `socket=${join(dir, 'munge/socket')}`,
    CredType: 'cred/munge',
    CommunicationParameters: 'NoInAddrAny,NoCtldInAddrAny',
    StateSaveLocation: state('state'),
    SlurmdSpoolDir: state('spool'),
    SlurmctldPidFile: state('slurmctld.pid'),
    SlurmdPidFile: state('slurmd.pid'),
    ProctrackType: 'proctrack/linuxproc',
    TaskPlugin: 'task/none',
    MpiDefault: 'none',
    SelectType: 'select/cons_tres',
    // With memory as a resource and no default the first job gets all of it and its tasks wait for ever.
    SelectTypeParameters: 'CR_Core',
    SlurmdParameters: 'config_overrides',
    SchedulerParameters: 'batch_sched_delay=0,bf_interval=1,sched_interval=2,sched_min_interval=10000',
    JobAcctGatherType: 'jobacct_gather/linux',
    JobAcctGatherFrequency: '5',
    ReturnToService: '2',
    KillWait: '5',
    MinJobAge: '300',
    ...(options.accounting === false
      ? { AccountingStorageType: 'accounting_storage/none' }
      : {
          AccountingStorageType: 'accounting_storage/slurmdbd',
          AccountingStorageHost: '127.0.0.1',
          AccountingStoragePort: `${ports[2]}`,
          // With munge this names the socket, and AuthInfo does not count.
          AccountingStoragePass: join(dir, 'munge/socket'),
          AccountingStorageEnforce: 'associations',
        }),
    ...options.settings,
  };
  const nodes = 'Nodes=node1 OverSubscribe=FORCE:4 MaxTime=INFINITE State=UP';
  return [
    ...Object.entries(settings).map(([name, value]) => `${name}=${value}`),
    `NodeName=node1 NodeHostname=${hostname()} NodeAddr=127.0.0.1 CPUs=64 CoresPerSocket=64 RealMemory=64000`,
    `PartitionName=head ${nodes} Default=YES`,
    `PartitionName=compute ${nodes}`,
    '',
  ].join('\n');
};

/** The commands of a Slurm that runs already, for example one that another process has started. */
export const slurmCommands = (facts: SlurmFacts): SlurmCommands => {
  const env = { PATH: '/usr/bin:/bin', SLURM_CONF: facts.conf };
  const run = async (program: string, ...args: string[]) => (await execute(program, args, { env })).stdout;
  const rows = (text: string, fields: readonly string[], cells: (line: string) => string[]) =>
    text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const values = cells(line);
        return Object.fromEntries(fields.map((field, index) => [field, values[index]?.trim() ?? '']));
      });
  const width = 250;
  return {
    run,
    squeue: async (...fields) => {
      const format = fields.map((field) => `${field}:${width}`).join(',');
      const columns = (line: string) =>
        fields.map((_, index) => line.slice(index * width, (index + 1) * width));
      return rows(await run('squeue', '-h', '-t', 'all', '-O', format), fields, columns);
    },
    sacct: async (...fields) =>
      rows(
        await run('sacct', '-a', '-X', '-n', '-P', '-S', 'now-1days', '-o', fields.join(',')),
        fields,
        (line) => line.split('|'),
      ),
    addUsers: async (users, account) => {
      if (!facts.accounting) return;
      const accounts = await run('sacctmgr', '-n', '-P', 'show', 'account', 'format=account');
      if (!accounts.split('\n').includes(account)) await run('sacctmgr', '-i', 'add', 'account', account);
      await run('sacctmgr', '-i', 'add', 'user', users.join(','), `account=${account}`);
      // slurmctld hears of them a moment later, of people and their accounts apart, and refuses whom it does not know;
      // what it lists it may refuse all the same: so each asks whether they may submit, under it and without a word of it.
      const end = Date.now() + 20_000;
      const ask = async (user: string, words: readonly string[]): Promise<void> => {
        const options = { env, cwd: '/', ...(await accountIds(user)) };
        for (;;) {
          const refusal = await execute('sbatch', ['--test-only', ...words, '--wrap=true'], options).then(
            () => null,
            (error: unknown) => String(error),
          );
          if (refusal === null) return;
          if (Date.now() > end) throw new Error(`slurmctld has not heard of ${user}: ${refusal}`);
          await sleep(100);
        }
      };
      for (const user of users) {
        await ask(user, [`--account=${account}`]);
        await ask(user, []);
      }
    },
  };
};

const succeeds = (work: Promise<unknown>): Promise<boolean> =>
  work.then(
    () => true,
    () => false,
  );

/** Starts Slurm; everything of it ends with the ledger. Ready to take jobs when it resolves (about 3 s; 6 with accounting). */
export const startSlurm = async (ledger: Ledger, options: SlurmOptions = {}): Promise<Slurm> => {
  const { dir } = ledger;
  const accounting = options.accounting !== false;
  const clusterName = `lk${randomBytes(3).toString('hex')}`;
  const conf = join(dir, 'slurm/slurm.conf');
  const ports = await Promise.all([freePort(), freePort(), freePort()]);
  for (const each of ['slurm', 'slurm/state', 'slurm/spool', 'munge'])
    await mkdir(join(dir, each), { mode: 0o755 });
  await writeFile(conf, configuration(dir, clusterName, ports, options));
  // Named so that slurmd does not look for a mounted cgroup, which a container may not have: none is used here.
  await writeFile(join(dir, 'slurm/cgroup.conf'), 'CgroupPlugin=cgroup/v1\n');
  await writeFile(join(dir, 'munge/key'), randomBytes(128), { mode: 0o400 });
  const facts: SlurmFacts = { clusterName, conf, accounting };
  const commands = slurmCommands(facts);
  const env = { SLURM_CONF: conf };

  const file = (name: string) => join(dir, 'munge', name);
  await ledger.daemon('munged', {
    command: [
      '/usr/sbin/munged',
      '--foreground',
      '--force',
      `--socket=${file('socket')}`,
      `--key-file=${file('key')}`,
      `--pid-file=${file('pid')}`,
      `--seed-file=${file('seed')}`,
      `--log-file=${file('log')}`,
    ],
    ready: () => succeeds(execute('munge', ['-S', file('socket'), '-n'])),
  });

  if (accounting) {
    const database = await startMariadb(ledger);
    const lines = [
      'DbdHost=localhost',
      'DbdAddr=127.0.0.1',
      `DbdPort=${ports[2]}`,
      'SlurmUser=root',
      'AuthType=auth/munge',
      `AuthInfo=socket=${file('socket')}`,
      `PidFile=${join(dir, 'slurm/slurmdbd.pid')}`,
      'StorageType=accounting_storage/mysql',
      'StorageHost=localhost',
      'StorageUser=root',
      '',
    ];
    await writeFile(join(dir, 'slurm/slurmdbd.conf'), lines.join('\n'), { mode: 0o600 });
    await ledger.daemon('slurmdbd', {
      command: ['/usr/sbin/slurmdbd', '-D'],
      env: { ...env, MYSQL_UNIX_PORT: database.socket },
      ready: () => succeeds(commands.run('sacctmgr', '-n', 'show', 'cluster')),
    });
    // Before the controller starts: in the other order the cluster's tables are missing.
    await commands.run('sacctmgr', '-i', 'add', 'cluster', clusterName);
  }

  const startController = () =>
    ledger.daemon('slurmctld', {
      command: ['/usr/sbin/slurmctld', '-D'],
      env,
      signal: 'TERM',
      ready: () => succeeds(commands.run('scontrol', 'ping')),
    });
  let controller = await startController();
  await ledger.daemon('slurmd', {
    command: ['/usr/sbin/slurmd', '-D', '-N', 'node1'],
    env,
    ready: async () => /^idle$/m.test(await commands.run('sinfo', '-h', '-o', '%T').catch(() => '')),
  });

  return {
    ...facts,
    ...commands,
    stopController: () => controller.stop(),
    startController: async () => {
      controller = await startController();
    },
  };
};
