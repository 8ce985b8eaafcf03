/**
 * Pipeline secrets on a real cluster: Nextflow's own mechanism hands them to the processes that ask; nobody else sees
 * them, and they are gone with the run, however it ends.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { attachCluster } from '../support/cluster.ts';
import { filesBelow, filesHolding, killJob, processTexts } from '../support/leaks.ts';
import {
  addKey,
  describeRun,
  freshName,
  giveTrivialNextflow,
  headJobOf,
  launch,
  makeEnvironment,
  registerCluster,
  until,
  waitForRun,
} from '../support/road.ts';
import { useServer } from '../support/use-server.ts';

const cluster = attachCluster(inject('cluster'));
const server = useServer({ environment: { LATCHKEY_LOG_LEVEL: 'trace' } });
const at = () => `workspaceId=${server.workspaceId}`;

/** All that a value may hold and a shell would love to touch. */
const canary = `canary-${process.pid}-Wq4 $HOME $(id) 'x' {a,b} *  !# ; & | < > ~ ü`;
const needles = [canary, Buffer.from(canary).toString('base64'), `canary-${process.pid}-Wq4`].map((needle) =>
  Buffer.from(needle),
);
const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Its task says what it was given in digests, and then stays until it may go. */
const pipeline = `process TELL {
  publishDir 'told', mode: 'copy'
  secret 'API_KEY'
  secret 'BOTH'
  input: val go
  output: path 'told.txt'
  script:
  """
  printf %s "\\$API_KEY" | sha256sum >told.txt
  printf %s "\\$BOTH" | sha256sum >>told.txt
  env | grep -c UNASKED >>told.txt || true
  while ! [ -e $go ]; do sleep 0.2; done
  """
}
workflow { TELL(params.go) }
`;

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

describe('pipeline secrets', () => {
  test('promise 1: reach the process that asks for them, and nothing else', {
    timeout: 240_000,
  }, async () => {
    const alice = cluster.user('alice');
    const member = await server.addMember(freshName('secretive'));
    const answers: string[] = [];
    const keep = async (path: string, name: string, value: string) =>
      answers.push(JSON.stringify((await member.api.post(path, { name, value })).body));
    await keep(`/pipeline-secrets?${at()}`, 'API_KEY', canary);
    await keep(`/pipeline-secrets?${at()}`, 'BOTH', `${canary} of the workspace`);
    await keep('/pipeline-secrets', 'BOTH', `${canary} of the person`);
    await keep('/pipeline-secrets', 'UNASKED', canary);

    const identity = await registerCluster(server, cluster);
    await addKey(member.api, identity, alice);
    const environment = await makeEnvironment(server, identity);
    const go = join(cluster.facts.workDir, `go-${process.pid}`);
    // Whatever comes: a task that waits on holds up the whole cluster.
    onTestFinished(() => writeFile(go, ''));
    await alice.write('secret/main.nf', pipeline);
    const quick = await alice.write('secret/nextflow.config', "executor.pollInterval = '1s'\n");
    const run = await launch(server, member.api, environment, {
      pipeline: dirname(quick),
      paramsText: JSON.stringify({ go }),
      userSecrets: ['BOTH', 'UNASKED'],
      workspaceSecrets: ['API_KEY', 'BOTH'],
    });
    const task = await until(
      async () =>
        (await cluster.slurm.squeue('JobID', 'Name', 'State')).find(
          (job) => job['Name']?.startsWith(`nf-${run}-`) && job['State'] === 'RUNNING',
        ),
      (job) => job !== undefined,
      { limitMs: 90_000, what: 'running task' },
    );
    const { workflow } = await describeRun(server, member.api, run);
    const headDir = workflow.launchDir ?? '';
    const directory = join(headDir, `.nf-${run}.secrets`);
    // The work directory is everybody's: the task of this run is the one that waits for its file.
    const scripts = async () =>
      (await filesBelow(workflow.workDir ?? '')).filter((file) => file.endsWith('/.command.sh'));
    const told = await until(
      async () => (await filesHolding(await scripts(), [Buffer.from(go)]))[0] ?? '',
      (script) => script !== '',
      { limitMs: 60_000, what: 'begun task' },
    );
    await until(
      () => readFile(join(dirname(told), 'told.txt'), 'utf8').catch(() => ''),
      (text) => text.split('\n').length > 3,
      { limitMs: 60_000, what: 'task that has told' },
    );

    // Files: in the run's own directory, for its member alone.
    const modes = async (path: string) => {
      const { mode, uid } = await stat(path);
      return [mode & 0o777, uid];
    };
    expect(await modes(directory)).toEqual([0o700, alice.uid]);
    const inIt = await filesBelow(directory);
    expect(inIt.map((file) => file.slice(directory.length)).sort()).toEqual([
      expect.stringMatching(/^\/\.nf-.*\.secrets$/),
      '/store.json',
    ]);
    for (const file of inIt) expect(await modes(file)).toEqual([0o600, alice.uid]);
    const neighbour = await cluster.login('bob', `cat ${directory}/store.json; ls -A ${directory}`);
    expect(neighbour.stdout).toBe('');
    expect(neighbour.stderr).toMatch(/Permission denied/);
    const everywhere = async () => [
      // Where shells put what they read from here.
      ...(await readdir(tmpdir())).map((name) => join(tmpdir(), name)),
      ...(await filesBelow(server.dataDir)),
      ...(await filesBelow(alice.home)),
      ...(await filesBelow(cluster.facts.dir)),
    ];
    const held = await filesHolding(await everywhere(), needles);
    expect([...new Set(held)].sort()).toEqual(inIt.sort());

    // Processes: no argument, and only the environment of the task that asked.
    const showing = (await processTexts()).filter(({ text }) =>
      needles.some((needle) => text.includes(needle)),
    );
    for (const { part, uid, text, name } of showing) {
      expect([part, uid], name).toEqual(['environ', alice.uid]);
      expect(text.toString().split('\0'), name).toContain(`SLURM_JOB_ID=${task?.['JobID']}`);
      expect(text.toString(), name).not.toContain('UNASKED=');
    }
    expect(showing.length).toBeGreaterThan(0);

    await writeFile(go, '');
    await waitForRun(server, member.api, run, ['SUCCEEDED'], 60_000);
    expect(await readFile(join(headDir, 'told/told.txt'), 'utf8')).toBe(
      `${digest(canary)}  -\n${digest(`${canary} of the person`)}  -\n0\n`,
    );
    expect(await exists(directory)).toBe(false);
    expect(await filesHolding(await everywhere(), needles)).toEqual([]);

    for (const path of [
      `/pipeline-secrets?${at()}`,
      '/pipeline-secrets',
      `/workflow/${run}?${at()}`,
      `/workflow/${run}/launch?${at()}`,
      `/workflow/${run}/log?${at()}`,
      `/workflow/${run}/download?fileName=nf-${run}.log&${at()}`,
    ])
      answers.push(JSON.stringify((await member.api.get(path)).body));
    for (const text of [...answers, server.output()])
      expect(needles.some((needle) => Buffer.from(text).includes(needle))).toBe(false);
    expect(await cluster.slurm.run('sacct', '-X', '-P', '-B', '-j', String(task?.['JobID']))).not.toContain(
      'canary-',
    );
  });

  test('are gone however a run ends: killed while nobody looked, cancelled in the queue', {
    timeout: 180_000,
  }, async () => {
    const account = await cluster.addUser('mayfly');
    await giveTrivialNextflow(account, 600);
    const member = await server.addMember(freshName('mayfly'));
    await member.api.post('/pipeline-secrets', { name: 'KEY', value: canary });
    const identity = await registerCluster(server, cluster);
    await addKey(member.api, identity, account);
    const running = await makeEnvironment(server, identity);
    const held = await makeEnvironment(server, identity, { headJobOptions: '--hold' });
    const begin = async (environment: string) => {
      const run = await launch(server, member.api, environment, {
        pipeline: '/trivial',
        userSecrets: ['KEY'],
      });
      const head = await headJobOf(server, member.api, run);
      const { workflow } = await describeRun(server, member.api, run);
      const directory = join(workflow.launchDir ?? '', `.nf-${run}.secrets`);
      expect(await exists(join(directory, 'store.json'))).toBe(true);
      return { run, head, directory };
    };
    const killed = await begin(running);
    const waiting = await begin(held);
    await waitForRun(server, member.api, killed.run, ['RUNNING'], 30_000);
    await until(
      () => account.processes(),
      (pids) => pids.length > 0,
      { what: 'head job' },
    );

    await server.kill();
    await killJob(account, killed.head);
    await server.start();
    await waitForRun(server, member.api, killed.run, ['FAILED'], 60_000);
    expect(await exists(killed.directory)).toBe(false);

    await member.api.post(`/workflow/${waiting.run}/cancel?${at()}`);
    await waitForRun(server, member.api, waiting.run, ['CANCELLED'], 60_000);
    expect(await exists(waiting.directory)).toBe(false);
    expect(await filesHolding(await filesBelow(cluster.facts.dir), needles)).toEqual([]);
    await account.remove();
  });
});
