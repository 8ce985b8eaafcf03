/** The main road: an owner registers a cluster, members add their own keys, real Nextflow runs on real Slurm as them. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, inject, test } from 'vitest';
import type { ApiClient } from '../support/api-client.ts';
import { attachCluster } from '../support/cluster.ts';
import {
  accountedJobs,
  addKey,
  freshName,
  giveTrivialNextflow,
  headJobOf,
  launch,
  makeEnvironment,
  registerCluster,
  waitForRun,
} from '../support/road.ts';
import { createTestSigner, type TestSigner } from '../support/test-signer.ts';
import { useServer } from '../support/use-server.ts';

const cluster = attachCluster(inject('cluster'));
const server = useServer();

const filesBelow = async (dir: string): Promise<string[]> =>
  (await readdir(dir, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

describe('main road', () => {
  test('promise 10: Alice and Bob launch at once, each as their own Linux user', {
    timeout: 240_000,
  }, async () => {
    const [alice, bob] = await Promise.all([server.addMember('alice'), server.addMember('bob', 'launch')]);
    const accounts = { alice: cluster.user('alice'), bob: cluster.user('bob') };
    const identity = await registerCluster(server, cluster);
    await Promise.all([addKey(alice.api, identity, accounts.alice), addKey(bob.api, identity, accounts.bob)]);
    const environment = await makeEnvironment(server, identity);
    const request = { pipeline: `file://${cluster.facts.pipelines.repository}`, revision: 'v1.0' };
    const ids = await Promise.all([
      launch(server, alice.api, environment, request),
      launch(server, bob.api, environment, request),
    ]);
    const heads = await Promise.all([
      headJobOf(server, alice.api, ids[0]),
      headJobOf(server, bob.api, ids[1]),
    ]);
    const [forAlice, forBob] = await Promise.all([
      waitForRun(server, alice.api, ids[0], ['SUCCEEDED']),
      waitForRun(server, bob.api, ids[1], ['SUCCEEDED']),
    ]);

    // Accounting agrees: head job and tasks of each run belong to its member alone.
    for (const [index, label] of (['alice', 'bob'] as const).entries()) {
      const own = await accountedJobs(cluster, ids[index] ?? '', 3, 'Partition');
      expect(own).toHaveLength(3);
      expect(own.every((job) => job['User'] === accounts[label].name && job['State'] === 'COMPLETED')).toBe(
        true,
      );
      expect(own.find((job) => job['JobID'] === heads[index])).toMatchObject({ Partition: 'head' });
      expect(own.filter((job) => job['Partition'] === 'compute')).toHaveLength(2);
    }

    // So do the files: each head directory holds its member's files and nothing else.
    for (const [answer, account] of [
      [forAlice, accounts.alice],
      [forBob, accounts.bob],
    ] as const) {
      const files = await filesBelow(answer.workflow.launchDir ?? '');
      expect(files.map((file) => file.split('/').at(-1))).toEqual(
        expect.arrayContaining([
          `nf-${answer.workflow.id}.log`,
          `nf-${answer.workflow.id}.txt`,
          `nf-${answer.workflow.id}.config`,
          `nf-${answer.workflow.id}.exit`,
          `nf-${answer.workflow.id}.launcher.sh`,
          `timeline-${answer.workflow.id}.html`,
        ]),
      );
      for (const file of files) expect((await stat(file)).uid, file).toBe(account.uid);
    }
  });

  test('promise 10: two members who share one Linux account: what each asks for is done with their own key', {
    timeout: 240_000,
  }, async () => {
    const node = await cluster.startSshd({ config: ['PermitUserEnvironment yes'] });
    const account = await cluster.addUser('common');
    await giveTrivialNextflow(account);
    await account.write('bin/nextflow', '#!/bin/sh\ncase "$*" in */slow*) sleep 60 ;; esac\n', 0o755);
    // Far away the key that opened a session is known, and every command of the scheduler says under which it came.
    for (const program of ['sbatch', 'scancel'])
      await account.write(
        `bin/${program}`,
        `#!/bin/sh\necho "$OPENED_BY ${program} $*" >>"$HOME/commands"\nexec /usr/bin/${program} "$@"\n`,
        0o755,
      );
    const keys = { ann: createTestSigner(), anew: createTestSigner(), ben: createTestSigner() };
    await account.authorize(
      Object.entries(keys).map(([who, { publicKey }]) => `environment="OPENED_BY=${who}" ${publicKey}`),
    );
    const identity = await registerCluster(server, cluster, { host: node });
    const [ann, ben] = await Promise.all(
      ['ann', 'ben'].map(async (who) => (await server.addMember(freshName(who))).api),
    );
    if (!ann || !ben) throw new Error('no members');
    const add = (api: ApiClient, { privatePem }: TestSigner) =>
      addKey(api, identity, { name: account.name, privateKey: privatePem });
    await Promise.all([add(ann, keys.ann), add(ben, keys.ben)]);
    const environment = await makeEnvironment(server, identity);
    const begin = (api: ApiClient, pipeline = '/quick') => launch(server, api, environment, { pipeline });
    const runs = new Map<string, string>();
    const both = async (annIs: string) => {
      const ids = await Promise.all([ann, ben, ann, ben].map((api) => begin(api)));
      for (const [at, id] of ids.entries()) runs.set(id, at % 2 === 0 ? annIs : 'ben');
      for (const [at, id] of ids.entries())
        await waitForRun(server, at % 2 === 0 ? ann : ben, id, ['SUCCEEDED']);
    };
    await both('ann');
    const slow = await begin(ben, '/slow');
    runs.set(slow, 'ben');
    await headJobOf(server, ben, slow);
    await add(ann, keys.anew);
    const replaced = (await node.log()).length;
    await both('anew');
    await ben.post(`/workflow/${slow}/cancel?workspaceId=${server.workspaceId}`, {});
    await waitForRun(server, ben, slow, ['CANCELLED']);

    const commands = (await readFile(join(account.home, 'commands'), 'utf8')).split('\n');
    const submissions = commands.filter((line) => line.includes(' sbatch '));
    for (const [run, who] of runs)
      expect(submissions.filter((line) => line.includes(`nf-${run}`))).toEqual([
        expect.stringMatching(`^${who} sbatch `),
      ]);
    expect(submissions.filter(Boolean)).toHaveLength(runs.size);
    expect(
      new Set(commands.filter((line) => line.includes(' scancel ')).map((line) => line.split(' ')[0])),
    ).toEqual(new Set(['ben']));
    // The host saw these keys and no other, and the old one not again.
    const accepted = (log: string) =>
      new Set(
        [...log.matchAll(/Accepted publickey for (\S+) .* (SHA256:\S+)/g)].map(
          ([, who, key]) => `${who} ${key}`,
        ),
      );
    const names = (...which: TestSigner[]) =>
      which.map(({ fingerprint }) => `${account.name} ${fingerprint}`).toSorted();
    const log = await node.log();
    expect([...accepted(log)].toSorted()).toEqual(names(keys.ann, keys.anew, keys.ben));
    expect([...accepted(log.slice(replaced))]).not.toContain(names(keys.ann)[0]);
    await node.stop();
    await account.remove();
  });

  test('a run can be read: details, launch, log and downloads', { timeout: 180_000 }, async () => {
    const carol = await server.addMember('carol');
    const identity = await registerCluster(server, cluster);
    await addKey(carol.api, identity, cluster.user('alice'));
    const environment = await makeEnvironment(server, identity);
    const id = await launch(server, carol.api, environment, {
      pipeline: cluster.facts.pipelines.twoTasks,
      runName: 'readable_run',
      paramsText: '{"greeting": "grüezi"}',
    });
    const { workflow } = await waitForRun(server, carol.api, id, ['SUCCEEDED']);
    expect(workflow).toMatchObject({ id, runName: 'readable_run', userName: 'carol', exitStatus: 0 });
    const at = `workspaceId=${server.workspaceId}`;
    const list = await carol.api.get<{ workflows: { workflow: { id: string } }[]; totalSize: number }>(
      `/workflow?${at}&search=readable_run`,
    );
    expect(list.body.workflows.map((row) => row.workflow.id)).toEqual([id]);
    const template = await carol.api.get<{ launch: { pipeline: string; paramsText: string } }>(
      `/workflow/${id}/launch?${at}`,
    );
    expect(template.body.launch).toMatchObject({
      pipeline: cluster.facts.pipelines.twoTasks,
      paramsText: '{"greeting": "grüezi"}',
    });

    // Page by page the log is the whole file.
    const whole = await carol.api.get<string>(`/workflow/${id}/download?fileName=nf-${id}.txt&${at}`);
    expect(whole.body).toContain('Submitted process > SAY');
    const lines: string[] = [];
    let next: string | null = null;
    do {
      const page: { body: { log: { entries: string[]; forwardToken: string | null; pending: boolean } } } =
        await carol.api.get(
          `/workflow/${id}/log?maxLength=200&${at}${next ? `&next=${encodeURIComponent(next)}` : ''}`,
        );
      expect(page.body.log.pending).toBe(false);
      lines.push(...page.body.log.entries);
      next = page.body.log.forwardToken;
    } while (next);
    expect(lines.join('\n')).toBe(whole.body.trimEnd());

    const outside = await carol.api.call(
      'GET',
      `/workflow/${id}/download?fileName=../../../../etc/passwd&${at}`,
    );
    expect(outside.status).toBeGreaterThanOrEqual(400);
    expect(outside.status).toBeLessThan(500);
    const timeline = await carol.api.get<string>(
      `/workflow/${id}/download?fileName=timeline-${id}.html&${at}`,
    );
    expect(timeline.body).toContain('<html');
  });
});
