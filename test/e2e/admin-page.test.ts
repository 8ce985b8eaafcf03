/** What the page for cluster administrators says of Slurm's commands is what real runs call there, word for word. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { attachCluster } from '../support/cluster.ts';
import {
  addKey,
  freshName,
  giveTrivialNextflow,
  launch,
  makeEnvironment,
  registerCluster,
  waitForRun,
} from '../support/road.ts';
import { statedCalls } from '../support/stated-calls.ts';
import { useServer } from '../support/use-server.ts';

const cluster = attachCluster(inject('cluster'));
const server = useServer();

const programs = ['sbatch', 'squeue', 'sacct', 'scancel', 'sinfo', 'scontrol'];

test('one run that ends and one that is cancelled: every call is on the page, and every line of it is called', {
  timeout: 120_000,
}, async () => {
  const account = await cluster.addUser('words');
  await giveTrivialNextflow(account, 3);
  for (const program of programs)
    await account.write(
      `bin/${program}`,
      `#!/bin/sh\necho "${program} $*" >>~/called\nexec /usr/bin/${program} "$@"\n`,
      0o755,
    );
  const member = await server.addMember(freshName('words'));
  const identity = await registerCluster(server, cluster);
  await addKey(member.api, identity, account);
  const environment = await makeEnvironment(server, identity);
  const [ended, cancelled] = [
    await launch(server, member.api, environment, { pipeline: '/trivial' }),
    await launch(server, member.api, environment, { pipeline: '/trivial' }),
  ];
  await waitForRun(server, member.api, cancelled, ['RUNNING'], 60_000);
  await member.api.post(`/workflow/${cancelled}/cancel?workspaceId=${server.workspaceId}`);
  await waitForRun(server, member.api, ended, ['SUCCEEDED'], 60_000);
  await waitForRun(server, member.api, cancelled, ['CANCELLED', 'SUCCEEDED'], 60_000);
  const called = (await readFile(join(account.home, 'called'), 'utf8')).trim().split('\n');
  const stated = await statedCalls('sbatch ');
  expect(stated.unstated(called)).toEqual([]);
  expect(stated.uncalled(called)).toEqual([]);
  await account.remove();
});
