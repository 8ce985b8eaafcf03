/**
 * P3: what following costs a cluster. Counted, with a far side in memory: status commands an interval for members × runs,
 * with a status reader and without, against one call for each run. Measured, on a real Slurm with real Linux users: CPU
 * seconds of the login node and of the controller for one interval of each kind.
 */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { boundKeyLine } from '#core/authorized-keys.ts';
import type { JobStatus } from '#core/ports/scheduler.ts';
import { slurm } from '#schedulers/slurm/slurm.ts';
import { createClusterAccess } from '#ssh/cluster-access.ts';
import { type Cluster, startCluster } from '../support/cluster.ts';
import { type FollowingOptions, following } from '../support/following.ts';
import { plenty } from '../support/member.ts';
import { createTestSigner } from '../support/test-signer.ts';
import { cpuOf, writeResults } from './harness.ts';

const execute = promisify(execFile);

/** Longer than the longest interval, twice. */
const seconds = 64;

const shown = (jobs: readonly JobStatus[], users: readonly string[]): JobStatus[] => {
  const asked = new Set(users);
  return jobs.filter((job) => asked.has(job.linuxUser ?? ''));
};

const count = async (options: FollowingOptions) => {
  const house = following({ ...options, reads: true });
  await house.start();
  await house.round();
  const rounds = await house.seconds(seconds);
  await house.stop();
  const status = rounds.map((counts) => (counts['status'] ?? 0) + (counts['reader'] ?? 0));
  return {
    most: Math.max(...status),
    perMinute: Math.round((status.reduce((sum, each) => sum + each, 0) * 60) / seconds),
    readsPerMinute: Math.round(
      (rounds.reduce((sum, counts) => sum + (counts['progress'] ?? 0), 0) * 60) / seconds,
    ),
  };
};

const counted = async () => {
  const rows = [];
  for (const [members, runsEach] of [
    [1, 5],
    [20, 5],
    [200, 1],
    [200, 5],
  ] as const) {
    const kinds: Record<string, FollowingOptions> = {
      'one call for each run': { members, runsEach, apart: true },
      'one for each member': { members, runsEach },
      'status reader': { members, runsEach, reader: shown },
    };
    for (const [kind, options] of Object.entries(kinds))
      rows.push({ members, runs: members * runsEach, kind, ...(await count(options)) });
  }
  return rows;
};

const processesOf = (uids: ReadonlySet<number>): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return uids.has(Number(/^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]));
      } catch {
        return false;
      }
    });

const members = 12;
const runsEach = 5;
const intervals = 10;
const rounds = 3;

const submitHeld = async (cluster: Cluster, label: string, index: number): Promise<string[]> => {
  const user = cluster.user(label);
  const script = await user.write('held.sh', '#!/bin/sh\ntrue\n', 0o755);
  const ids: string[] = [];
  for (let nth = 0; nth < runsEach; nth += 1) {
    const words = [
      '--parsable',
      '--hold',
      '-o',
      '/dev/null',
      '-J',
      `nf-B${String(index * 100 + nth).padStart(11, '0')}`,
    ];
    const { stdout } = await execute('sbatch', [...words, script], {
      uid: user.uid,
      gid: user.gid,
      cwd: '/',
      env: { PATH: '/usr/bin:/bin', SLURM_CONF: cluster.facts.slurm.conf },
    });
    ids.push(stdout.trim());
  }
  return ids;
};

const measured = async () => {
  const labels = Array.from({ length: members }, (_, index) => `m${index}`);
  const users = Object.fromEntries([...labels, 'observer'].map((label) => [label, {}]));
  const cluster = await startCluster({ users, accounting: false });
  const access = createClusterAccess({
    runtimeDir: join(cluster.facts.dir, 'run'),
    allowedNetworks: ['127.0.0.0/8'],
  });
  try {
    const targetOf = async (label: string, bound = false) => {
      const user = cluster.user(label);
      const signer = createTestSigner();
      await user.authorize([
        bound ? boundKeyLine(signer.publicKey, 'reader', slurm.readerCommand) : signer.publicKey,
      ]);
      const { host, port, hostKeys } = cluster.facts;
      const name = bound ? 'reader:1@1' : `managed:${user.uid}@1`;
      const login = { hostName: host, port, userName: user.name, pins: hostKeys, signer };
      return {
        ...login,
        clusterKey: 'identity:1',
        credentialKey: name,
        cluster: { name: 'bench', budget: plenty },
      };
    };
    const targets = await Promise.all(labels.map((label) => targetOf(label)));
    const reader = { ...(await targetOf('observer', true)), readerCommand: slurm.readerCommand };
    const jobs: string[][] = [];
    for (const [index, label] of labels.entries()) jobs.push(await submitHeld(cluster, label, index));
    const linuxUsers = targets.map(({ userName }) => userName);
    const whole = async (asked: Promise<Parameters<typeof slurm.parseStatus>[0]>, wanted: number) => {
      const found = slurm.parseStatus(await asked);
      if (found.length !== wanted) throw new Error(`${found.length} of ${wanted} jobs were shown`);
    };

    const kinds: Record<string, () => Promise<unknown>> = {
      'one call for each run': () =>
        Promise.all(
          targets.flatMap((target, index) =>
            (jobs[index] ?? []).map(async (id) => {
              const command = { argv: ['squeue', '-h', '-j', id, '-o', '%A|%u|%T'], timeoutMs: 60_000 };
              const { exitCode } = await access.run(target, command);
              if (exitCode !== 0) throw new Error(`squeue -j ${id} ended with ${exitCode}`);
            }),
          ),
        ),
      'one for each member': () =>
        Promise.all(
          targets.map((target) => whole(access.run(target, slurm.status([target.userName])), runsEach)),
        ),
      'status reader': () =>
        whole(
          access.askReader(reader, { ask: 'jobs', linuxUsers }, { timeoutMs: 60_000 }),
          members * runsEach,
        ),
    };
    for (const interval of Object.values(kinds)) await interval();
    const uids = new Set([...labels, 'observer'].map((label) => cluster.user(label).uid));
    const controller = Number(readFileSync(join(cluster.facts.dir, 'slurm/slurmctld.pid'), 'utf8'));
    const login = () => processesOf(uids).reduce((sum, pid) => sum + cpuOf(pid), 0);
    const taken = new Map(
      Object.keys(kinds).map((kind) => [kind, [] as { login: number; controller: number }[]]),
    );
    for (let round = 0; round < rounds; round += 1)
      for (const [kind, interval] of Object.entries(kinds)) {
        const before = { login: login(), controller: cpuOf(controller) };
        for (let nth = 0; nth < intervals; nth += 1) await interval();
        taken.get(kind)?.push({
          login: (login() - before.login) / intervals,
          controller: (cpuOf(controller) - before.controller) / intervals,
        });
      }
    const middle = (values: number[]) =>
      values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
    return [...taken].map(([kind, all]) => ({
      kind,
      login: middle(all.map((each) => each.login)),
      controller: middle(all.map((each) => each.controller)),
    }));
  } finally {
    await access.close();
    await cluster.stop();
  }
};

export const run = async (): Promise<void> => {
  const table = await counted();
  console.log(
    '\nP3, counted: status commands of one second at most, and a minute; commands that read files a minute',
  );
  for (const { members: many, runs, kind, most, perMinute, readsPerMinute } of table)
    console.log(
      `${String(many).padStart(4)} members ${String(runs).padStart(5)} runs  ${kind.padEnd(22)}${String(most).padStart(6)}${String(perMinute).padStart(8)}${String(readsPerMinute).padStart(8)}`,
    );
  const real = await measured();
  console.log(`\nP3, real Slurm, ${members} members with ${runsEach} runs each: CPU ms of one interval`);
  for (const { kind, login, controller } of real)
    console.log(
      `${kind.padEnd(24)} login node ${(login * 1_000).toFixed(1).padStart(8)}   slurmctld ${(controller * 1_000).toFixed(1).padStart(8)}`,
    );
  await writeResults('following', { counted: table, real });
};
