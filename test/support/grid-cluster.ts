/** A small cluster under another scheduler than Slurm: a login node with sshd, a shared work directory, Nextflow. */
import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createMember, type MemberAccount, sharedGroup } from './cluster.ts';
import { type Ledger, openLedger } from './ledger.ts';
import { type LinuxUser, linuxUser } from './linux-users.ts';
import { installNextflow, makePipelines, type Pipelines } from './nextflow.ts';
import { type Sshd, startSshd } from './sshd.ts';

/** A scheduler that can be brought up, and what a login must give to reach it. */
export interface GridScheduler {
  environment: Record<string, string>;
  /** Directory of its commands, where they are not the machine's own. */
  binDir?: string;
}

export interface GridCluster<Scheduler extends GridScheduler> {
  dir: string;
  sshd: Sshd;
  scheduler: Scheduler;
  group: string;
  workDir: string;
  binDir: string;
  pipelines: Pipelines;
  user(label: string): MemberAccount & LinuxUser;
  stop(): Promise<void>;
}

const execute = promisify(execFile);

/** Starts the scheduler that `start` brings up, with Alice and Bob as members of the cluster. */
export const startGridCluster = async <Scheduler extends GridScheduler>(
  start: (ledger: Ledger) => Promise<Scheduler>,
): Promise<GridCluster<Scheduler>> => {
  const ledger = await openLedger('grid');
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
    const scheduler = await start(ledger);
    const [pipelines, group] = await Promise.all([
      makePipelines(join(dir, 'pipelines')),
      sharedGroup(ledger, place.workDir),
      installNextflow(place.binDir),
    ]);
    if (scheduler.binDir) await execute('cp', ['-a', `${scheduler.binDir}/.`, place.binDir]);
    const users: Record<string, MemberAccount> = {};
    for (const label of ['alice', 'bob'])
      users[label] = await createMember(
        { ...place, group, environment: scheduler.environment },
        label,
        '/bin/bash',
        ledger.note,
      );
    return {
      ...place,
      sshd,
      scheduler,
      group,
      pipelines,
      user: (label) => {
        const account = users[label];
        if (!account) throw new Error(`no ${label} here`);
        return { ...account, ...linuxUser(account) };
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
};
