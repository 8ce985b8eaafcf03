/**
 * P4: launches through the API until the head job's id is known, 20 members at once, against `sbatch` in a loop on the
 * same machine. All jobs are held: what is measured is the way into the queue, not what runs there.
 */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import type { ApiClient } from '../support/api-client.ts';
import { startCluster } from '../support/cluster.ts';
import { plenty } from '../support/member.ts';
import { addKey, launch, makeEnvironment, registerCluster } from '../support/road.ts';
import { startServer } from '../support/server.ts';
import { compare, cpuOf, printTable, type Rival, writeResults } from './harness.ts';

const execute = promisify(execFile);
const members = 20;
/** Launches of one member, one after the other. */
const perMember = 6;
const rounds = 8;

const labels = Array.from({ length: members }, (_, index) => `m${index}`);

export const run = async (): Promise<void> => {
  const cluster = await startCluster({ users: Object.fromEntries(labels.map((label) => [label, {}])) });
  const server = await startServer({ environment: { LATCHKEY_LOG_LEVEL: 'error' } });
  try {
    const identity = await registerCluster(server, cluster, {
      config: { headJobOptions: '--hold' },
      budget: plenty,
    });
    const apis: ApiClient[] = [];
    for (const label of labels) {
      const member = await server.addMember(label);
      await addKey(member.api, identity, cluster.user(label));
      apis.push(member.api);
    }
    const environment = await makeEnvironment(server, identity);

    // Looked up beside the server, by one for all: 20 clients that poll would measure themselves.
    const database = new DatabaseSync(join(server.dataDir, 'latchkey.db'), { readOnly: true });
    const submitted = database.prepare(
      'select id from runs where id in (select value from json_each(?)) and head_job_id is not null',
    );
    const waiting = new Map<string, () => void>();
    const poll = setInterval(() => {
      if (waiting.size === 0) return;
      for (const { id } of submitted.all(JSON.stringify([...waiting.keys()]))) waiting.get(String(id))?.();
    }, 10);

    const untilSubmitted = async (api: ApiClient): Promise<number> => {
      const start = performance.now();
      const id = await launch(server, api, environment, { pipeline: '/held' });
      await new Promise<void>((resolve) => waiting.set(id, resolve));
      waiting.delete(id);
      return performance.now() - start;
    };
    /** Of the server alone, beside what a launch costs on the cluster. */
    const used = { seconds: 0, launches: 0 };
    const ours: Rival = {
      name: `ours, ${members} members at once`,
      run: async (count) => {
        const each = Math.max(1, Math.round(count / members));
        const before = cpuOf(server.pid());
        const times = await Promise.all(
          apis.map(async (api) => {
            const mine: number[] = [];
            for (let i = 0; i < each; i += 1) mine.push(await untilSubmitted(api));
            return mine;
          }),
        );
        used.seconds += cpuOf(server.pid()) - before;
        used.launches += members * each;
        return times.flat();
      },
    };

    const user = cluster.user('m0');
    const script = join(cluster.facts.dir, 'held.sh');
    await writeFile(script, '#!/bin/sh\ntrue\n', { mode: 0o755 });
    const local: Rival = {
      name: 'local sbatch in a loop',
      run: async (count) => {
        const loop = `for ((i = 0; i < ${count}; i++)); do a=$EPOCHREALTIME; sbatch --parsable --hold -o /dev/null ${script} >/dev/null || exit 1; echo $a $EPOCHREALTIME; done`;
        const { stdout } = await execute('/bin/bash', ['-c', loop], {
          uid: user.uid,
          gid: user.gid,
          cwd: '/',
          env: { PATH: '/usr/bin:/bin', SLURM_CONF: cluster.facts.slurm.conf },
        });
        return stdout
          .trim()
          .split('\n')
          .map((line) => line.split(' ').map(Number))
          .map(([from = 0, to = 0]) => (to - from) * 1_000);
      },
    };
    const rows = await compare([local, ours], rounds, members * perMember);
    printTable('P4: launches until the job id is known', rows);
    const [rival, mine] = rows;
    console.log(
      `launches per second, ours to local: ${((mine?.perSecond ?? 0) / (rival?.perSecond ?? 1)).toFixed(2)}`,
    );
    console.log(
      `processor time of the server: ${((used.seconds * 1_000) / used.launches).toFixed(1)} ms a launch`,
    );
    clearInterval(poll);
    database.close();
    await writeResults('launch', { [`launch, ${members} members`]: rows });
  } finally {
    await server.remove();
    await cluster.stop();
  }
};
