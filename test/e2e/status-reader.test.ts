/** A status reader under its line on a real Slurm: its questions alone while runs live; what PrivateData hides is noticed. */
import { appendFile, chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Cluster, startCluster } from '../support/cluster.ts';
import type { LinuxUser } from '../support/linux-users.ts';
import {
  addKey,
  describeRun,
  giveTrivialNextflow,
  launch,
  makeEnvironment,
  registerCluster,
  until,
  waitForRun,
} from '../support/road.ts';
import { useServer } from '../support/use-server.ts';

interface Reader {
  status: string;
  sees: string;
  hiddenUsers: string[];
  message: string;
  authorizedKeysLine: string;
}

interface ActivityLine {
  bearer: string;
  userId: number | null;
  connections: number;
  commands: Record<string, number>;
}

const server = useServer();
let cluster: Cluster;
let asked: string;

/** A cluster of its own: what its scheduler shows is changed on the way. */
beforeAll(async () => {
  cluster = await startCluster({ accounting: false, users: { anna: {}, bert: {}, observer: {} } });
  asked = join(cluster.facts.dir, 'asked');
  await writeFile(asked, '');
  await chmod(asked, 0o666);
}, 60_000);
afterAll(() => cluster?.stop());

/** Notes who asks, and asks the real one. */
const giveCountedSqueue = async (user: LinuxUser): Promise<void> => {
  await user.write(
    'bin/squeue',
    `#!/bin/sh\necho "$(id -un)" >>${asked}\nexec /usr/bin/squeue "$@"\n`,
    0o755,
  );
};
/** A `nextflow` that ends when the gate is opened, at the latest after a minute and a half. */
const untilGate = '#!/bin/sh\nfor i in $(seq 450); do [ -e "$HOME/gate" ] && exit; sleep 0.2; done\n';
const askedBy = async (name: string): Promise<number> =>
  (await readFile(asked, 'utf8')).split('\n').filter((line) => line === name).length;

describe('a status reader', () => {
  test('asks for all members; where the scheduler hides jobs from it, that is noticed, said, and nothing is lost', {
    timeout: 240_000,
  }, async () => {
    const identity = await registerCluster(server, cluster);
    const path = `/identities/${identity}/status-reader`;
    const observer = cluster.user('observer');
    const accounts = [cluster.user('anna'), cluster.user('bert')];
    for (const user of [observer, ...accounts]) {
      await giveTrivialNextflow(user);
      await user.write('bin/nextflow', untilGate, 0o755);
      await giveCountedSqueue(user);
    }
    const reader = async () => (await server.owner.get<Reader>(path)).body;

    await server.owner.call('PUT', path, {
      metadata: { userName: observer.name },
      credentials: { provider: 'ssh', keys: { generate: 'ed25519' } },
    });
    await observer.authorize([(await reader()).authorizedKeysLine]);
    const verified = await server.owner.post<{ ok: boolean; message: string }>(`${path}/verify`, {});
    expect(verified.body).toMatchObject({ ok: true, message: expect.stringContaining('used from now on') });

    const members = await Promise.all(
      accounts.map(async (account, index) => {
        const member = await server.addMember(`reader-${index}`);
        await addKey(member.api, identity, account);
        return { ...member, account };
      }),
    );
    const environment = await makeEnvironment(server, identity);
    const start = () =>
      Promise.all(
        members.map(async ({ api }) => ({
          api,
          id: await launch(server, api, environment, { pipeline: '/p' }),
        })),
      );
    const running = async (runs: Awaited<ReturnType<typeof start>>) => {
      for (const { api, id } of runs) await waitForRun(server, api, id, ['RUNNING'], 60_000);
    };

    const runs = await start();
    await running(runs);
    const before = await askedBy(observer.name);
    const byMembers = () => Promise.all(accounts.map(({ name }) => askedBy(name)));
    const own = await byMembers();
    await until(
      () => askedBy(observer.name),
      (count) => count >= before + 3,
      { limitMs: 60_000, what: 'three more questions of the reader' },
    );
    expect(await byMembers()).toEqual(own);
    for (const { write } of accounts) await write('gate', '');
    for (const { api, id } of runs) await waitForRun(server, api, id, ['SUCCEEDED'], 90_000);
    expect(await reader()).toMatchObject({ status: 'verified', sees: 'everybody', hiddenUsers: [] });

    for (const { home } of accounts) await rm(join(home, 'gate'));
    await appendFile(cluster.facts.slurm.conf, 'PrivateData=jobs\n');
    await cluster.slurm.run('scontrol', 'reconfigure');
    const hidden = await start();
    await running(hidden);
    const names = accounts.map(({ name }) => name).sort();
    await until(reader, ({ hiddenUsers }) => hiddenUsers.join() === names.join(), {
      limitMs: 60_000,
      what: 'both members among those whose jobs it is not shown',
    });
    expect(await reader()).toMatchObject({
      status: 'verified',
      sees: 'not everybody',
      message: expect.stringContaining(`does not show it the jobs of ${names.join(', ')}`),
    });
    for (const { api, id } of hidden) {
      const said = await until(
        () => describeRun(server, api, id),
        ({ messages }) => messages.length > 0,
      );
      expect(said.messages).toEqual([expect.stringContaining("status reader is not shown this run's job")]);
    }
    for (const { write } of accounts) await write('gate', '');
    for (const { api, id } of hidden) {
      await waitForRun(server, api, id, ['SUCCEEDED'], 90_000);
    }

    const activity = async (api: typeof server.owner) =>
      (await api.get<{ members: ActivityLine[] }>(`/identities/${identity}/activity`)).body.members;
    // Written every ten seconds.
    const lines = await until(
      () => activity(server.owner),
      (found) => found.filter(({ commands }) => (commands['submit'] ?? 0) >= 2).length === members.length,
      { limitMs: 30_000, what: 'two submissions of each member in what the cluster was used for' },
    );
    const readers = lines.find(({ bearer }) => bearer === 'reader');
    expect(readers?.commands['status']).toBeGreaterThanOrEqual(3);
    expect(readers?.userId).toBeNull();
    for (const { api, userId } of members) {
      const mine = lines.find((each) => each.userId === userId);
      expect(mine?.connections).toBeGreaterThanOrEqual(1);
      expect(mine?.commands['verify']).toBeGreaterThanOrEqual(1);
      expect(mine?.commands['other']).toBe(0);
      expect((await activity(api)).map((line) => line.userId)).toEqual([userId]);
    }
  });
});
