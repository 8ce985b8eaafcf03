/** Logs over the channel: a growing file is followed, a large one is downloaded in flat memory. */
import { readFile } from 'node:fs/promises';
import { describe, expect, inject, test } from 'vitest';
import { attachCluster } from '../support/cluster.ts';
import { plenty } from '../support/member.ts';
import {
  addKey,
  freshName,
  giveTrivialNextflow,
  launch,
  makeEnvironment,
  registerCluster,
  sleep,
  waitForRun,
} from '../support/road.ts';
import { useServer } from '../support/use-server.ts';

const cluster = attachCluster(inject('cluster'));
const server = useServer();

/** A member whose `nextflow` does what `script` says. */
const memberWith = async (script: string) => {
  const account = await cluster.addUser('logs');
  await giveTrivialNextflow(account);
  await account.write('bin/nextflow', `#!/bin/bash\n[ "$1" = -v ] && exit\n${script}\n`, 0o755);
  const member = await server.addMember(freshName('logs'));
  const identity = await registerCluster(server, cluster, { budget: plenty });
  await addKey(member.api, identity, account);
  const environment = await makeEnvironment(server, identity);
  const run = await launch(server, member.api, environment, { pipeline: '/trivial' });
  return { account, member, run };
};

interface PageAnswer {
  log: { entries: string[]; forwardToken?: string; pending: boolean };
}

const residentBytes = async (pid: number): Promise<number> => {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
};

describe('logs', () => {
  test('a growing log is followed line by line, none lost and none twice', { timeout: 90_000 }, async () => {
    const { account, member, run } = await memberWith(
      // Each line comes in two pieces, cut within its last letter.
      String.raw`for i in $(seq 1 40); do printf 'line %s \303' $i; sleep 0.1; printf '\274\n'; done`,
    );
    const lines: string[] = [];
    let next: string | null = '';
    let pages = 0;
    while (next !== null) {
      const answer: { body: PageAnswer } = await member.api.get<PageAnswer>(
        `/workflow/${run}/log?workspaceId=${server.workspaceId}&next=${next}`,
      );
      lines.push(...answer.body.log.entries);
      if (answer.body.log.entries.length > 0) pages += 1;
      next = answer.body.log.forwardToken ?? null;
      await sleep(200);
    }
    expect(lines.filter((line) => line.startsWith('line '))).toEqual(
      Array.from({ length: 40 }, (_, index) => `line ${index + 1} ü`),
    );
    expect(pages).toBeGreaterThan(3);
    await account.remove();
  });

  test('promise 20: a file of 100 MB is downloaded byte for byte while memory stays flat', {
    timeout: 120_000,
  }, async () => {
    const { account, member, run } = await memberWith(
      'yes 0123456789abcdef | head -c 100000000 > "$NXF_LOG_FILE"; echo done',
    );
    await waitForRun(server, member.api, run, ['SUCCEEDED'], 60_000);
    const before = await residentBytes(server.pid());
    let most = before;
    let bytes = 0;
    const response = await fetch(
      `${server.url}/api/workflow/${run}/download?fileName=nf-${run}.log&workspaceId=${server.workspaceId}`,
      { headers: { Authorization: `Bearer ${member.token}` } },
    );
    let measuredAt = 0;
    for await (const chunk of response.body ?? []) {
      bytes += (chunk as Uint8Array).length;
      if (bytes - measuredAt > 10_000_000) {
        measuredAt = bytes;
        most = Math.max(most, await residentBytes(server.pid()));
      }
    }
    expect(bytes).toBe(100_000_000);
    expect((most - before) / 1024 / 1024).toBeLessThan(60);
    await account.remove();
  });

  test('promise 13: with its token ends a download within 5 s, and what reads the file on the cluster', {
    timeout: 120_000,
  }, async () => {
    const { account, member, run } = await memberWith(
      'yes 0123456789abcdef | head -c 100000000 > "$NXF_LOG_FILE"; echo done',
    );
    await waitForRun(server, member.api, run, ['SUCCEEDED'], 60_000);
    const { body } = await member.api.post<{ accessKey: string }>('/tokens', { name: 'once' });
    const [, id] = /"tid":(\d+)/.exec(Buffer.from(body.accessKey, 'base64').toString('latin1')) ?? [];
    // Nobody reads on, so it lasts.
    const response = await fetch(
      `${server.url}/api/workflow/${run}/download?fileName=nf-${run}.log&workspaceId=${server.workspaceId}`,
      { headers: { Authorization: `Bearer ${body.accessKey}` } },
    );
    const readers = async (): Promise<number> => {
      const names = (await account.processes()).map((pid) =>
        readFile(`/proc/${pid}/comm`, 'utf8').catch(() => ''),
      );
      return (await Promise.all(names)).filter((name) => name.trim() === 'cat').length;
    };
    await expect.poll(readers, { timeout: 10_000 }).toBe(1);
    await member.api.del(`/tokens/${id}`);
    await expect.poll(readers, { timeout: 5_000 }).toBe(0);
    await expect(response.arrayBuffer()).rejects.toThrow();
    await account.remove();
  });
});
