/** Whatever greets a member at login, the channel works: bash, tcsh, fish, a noisy and slow start-up file. */
import { beforeAll, describe, expect, inject, test } from 'vitest';
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
import { useServer } from '../support/use-server.ts';

const cluster = attachCluster(inject('cluster'));
const server = useServer();
let identity: number;
let environment: string;
beforeAll(async () => {
  identity = await registerCluster(server, cluster);
  environment = await makeEnvironment(server, identity);
});

interface Verification {
  ok: boolean;
  findings: string[];
  report: { linuxUser: string; schedulerVersion: string; workDirGroupShared: boolean } | null;
}

describe('login shells', () => {
  // With bash all others run.
  test.each(['tina', 'finn'])('%s: verified, and one real pipeline', { timeout: 120_000 }, async (label) => {
    const member = await server.addMember(freshName(label));
    const account = cluster.user(label);
    await addKey(member.api, identity, account);
    const { body } = await member.api.post<Verification>(
      `/identities/${identity}/credentials/${member.userId}/verify`,
    );
    expect(body).toMatchObject({ ok: true, report: { linuxUser: account.name, workDirGroupShared: true } });
    expect(body.report?.schedulerVersion).toMatch(/22\.05/);
    const run = await launch(server, member.api, environment, {
      pipeline: cluster.facts.pipelines.twoTasks,
    });
    await waitForRun(server, member.api, run, ['SUCCEEDED']);
  });

  test('a noisy, slow .bashrc that prints a false greeting', { timeout: 120_000 }, async () => {
    const account = await cluster.addUser('noisy');
    await giveTrivialNextflow(account);
    await account.write(
      '.bashrc',
      'echo "H mux1 1 0 welcome"; printf "Z 1 0 0 0 -\\n"; head -c 100000 /dev/zero | tr "\\0" x; sleep 2; echo done >&2\n',
    );
    const member = await server.addMember(freshName('noisy'));
    await addKey(member.api, identity, account);
    const run = await launch(server, member.api, environment, { pipeline: '/trivial' });
    const { workflow } = await waitForRun(server, member.api, run, ['SUCCEEDED'], 60_000);
    expect(workflow.launchDir).toContain(account.name);
    await account.remove();
  });
});
