/** Every parameter of a launch takes effect in a real run: two heads, the second going on from the first. */
import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, inject, test } from 'vitest';
import { attachCluster } from '../support/cluster.ts';
import {
  accountedJobs,
  addKey,
  freshName,
  launch,
  makeEnvironment,
  registerCluster,
  waitForRun,
} from '../support/road.ts';
import { useServer } from '../support/use-server.ts';

const execute = promisify(execFile);
const cluster = attachCluster(inject('cluster'));
const server = useServer();
const at = () => `workspaceId=${server.workspaceId}`;

const script = (edition: string) => `process SHOW {
  publishDir 'shown', mode: 'copy'
  input: path table
  output: path 'shown.txt'
  script:
  """
  cat $table >shown.txt
  echo "edition=${edition} profiled=$params.profiled conf=$params.conf text=$params.text" >>shown.txt
  """
  stub:
  """
  echo "stub of edition=${edition}" >shown.txt
  """
}
workflow PART {
  println "told: out=\${workflow.outputDir} run=\${workflow.runName} profile=\${workflow.profile} revision=\${workflow.revision}"
  SHOW(Channel.fromPath(params.input, checkIfExists: true))
}
workflow { error 'the unnamed workflow must not run' }
`;

/** A bare repository whose branch \`side\` holds the pipeline, in a script that is not main.nf. */
const makeRepository = async () => {
  const dir = await mkdtemp(join(cluster.facts.dir, 'parameters-'));
  await chmod(dir, 0o755);
  const [clone, bare] = [join(dir, 'clone'), join(dir, 'parameters.git')];
  const git = (...words: string[]) =>
    execute('git', ['-c', 'user.name=Test', '-c', 'user.email=test@example.org', ...words], {
      env: { PATH: '/usr/bin:/bin', HOME: dir, GIT_CONFIG_NOSYSTEM: '1' },
    });
  const commit = async (edition: string) => {
    await writeFile(join(clone, 'other.nf'), script(edition));
    await git('-C', clone, 'add', '.');
    await git('-C', clone, 'commit', '-qm', `Edition ${edition}`);
  };
  await mkdir(clone);
  await git('init', '-q', '-b', 'main', clone);
  await writeFile(join(clone, 'main.nf'), "error 'main.nf must not run'\n");
  await git('-C', clone, 'add', '.');
  await git('-C', clone, 'commit', '-qm', 'Nothing to run here');
  await git('-C', clone, 'checkout', '-qb', 'side');
  await writeFile(
    join(clone, 'nextflow.config'),
    "params.profiled = 'no'\nparams.conf = 'repository'\nexecutor.pollInterval = '1s'\nprofiles { loud { params.profiled = 'loud' } }\n",
  );
  await commit('one');
  await git('clone', '-q', '--bare', clone, bare);
  await git('-C', clone, 'remote', 'add', 'origin', bare);
  return {
    pipeline: `file://${bare}`,
    next: async () => {
      await commit('two');
      await git('-C', clone, 'push', '-q', 'origin', 'side');
    },
    remove: () => rm(dir, { recursive: true }),
  };
};

const table = 'sample,file\nÄnne,1\n';

const uploadTable = async (api: { post: typeof server.owner.post }, token: string): Promise<string> => {
  const made = await api.post<{ dataset: { id: string } }>(`/datasets?${at()}`, { name: freshName('table') });
  const form = new FormData();
  form.append('file', new Blob([table], { type: 'text/csv' }), 'my table.csv');
  const answer = await fetch(`${server.url}/api/datasets/${made.body.dataset.id}/upload?header=true`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}` },
    body: form,
  });
  const { version } = (await answer.json()) as { version: { url: string } };
  return version.url;
};

describe('launch parameters', () => {
  test('each takes effect, a dataset is read beside the run, and a resume pulls what is new', {
    timeout: 300_000,
  }, async () => {
    const repository = await makeRepository();
    const alice = cluster.user('alice');
    const member = await server.addMember(freshName('parameters'));
    const identity = await registerCluster(server, cluster);
    await addKey(member.api, identity, alice);
    const environment = await makeEnvironment(server, identity);
    const url = await uploadTable(member.api, member.token);
    const label = await member.api.post<{ id: number }>(`/labels?${at()}`, { name: freshName('label') });
    const asked = {
      pipeline: repository.pipeline,
      revision: 'side',
      mainScript: 'other.nf',
      entryName: 'PART',
      configProfiles: ['loud'],
      configText: "params.conf = 'launch'",
      workDir: `${cluster.facts.workDir}/of-the-launch`,
      outputDir: 'published',
      syntaxParser: 'v1',
      towerConfig: 'reports: {}\n',
      headJobCpus: 2,
      headJobMemoryMb: 700,
    };
    const first = await launch(server, member.api, environment, {
      ...asked,
      paramsText: JSON.stringify({ input: url, text: "it's json" }),
      runName: `first-${process.pid}`,
      preRunScript: 'echo "pre: parser=$NXF_SYNTAX_PARSER tower=$(cat "$TOWER_CONFIG_FILE")"',
      postRunScript: 'echo "post: $NXF_EXIT_STATUS"',
      labelIds: [label.body.id],
    });
    const { workflow } = await waitForRun(server, member.api, first, ['SUCCEEDED']);
    const headDir = workflow.launchDir ?? '';
    const output = async (run: string) =>
      (await member.api.get<string>(`/workflow/${run}/download?fileName=nf-${run}.txt&${at()}`)).body;
    const shown = () => readFile(join(headDir, 'shown/shown.txt'), 'utf8');

    // revision, mainScript, profiles, configText over the repository's, paramsText as JSON, the dataset's content.
    expect(await shown()).toBe(`${table}edition=one profiled=loud conf=launch text=it's json\n`);
    const params = JSON.parse(await readFile(join(headDir, `nf-${first}.params.json`), 'utf8')) as {
      input: string;
    };
    expect(params.input).toMatch(new RegExp(`^${headDir}/datasets/\\w{22}/v1/my_table.csv$`));
    const placed = await stat(params.input);
    expect(placed.uid).toBe(alice.uid);
    // An inherited ACL widens the file's mode; it is the run's directory that lets nobody else in.
    expect((await cluster.login('bob', `cat '${params.input}'`)).stderr).toMatch(/Permission denied/);
    // entryName, outputDir, runName, workDir, syntaxParser, towerConfig, both scripts.
    const said = await output(first);
    expect(said).toContain(
      `told: out=${headDir}/published run=first-${process.pid} profile=loud revision=side`,
    );
    expect(said).toContain('pre: parser=v1 tower=reports: {}');
    expect(said).toContain('post: 0');
    expect(workflow.workDir).toBe(`${cluster.facts.workDir}/of-the-launch`);
    // headJobCpus, headJobMemoryMb: as Slurm has them.
    const jobs = await accountedJobs(cluster, first, 2, 'ReqCPUS', 'ReqMem');
    expect(jobs.find((job) => job['JobName'] === `nf-${first}`)).toMatchObject({
      ReqCPUS: '2',
      ReqMem: expect.stringMatching(/^700M/),
    });
    // Labels and datasets are shown.
    const described = await member.api.get<{ labels: { id: number }[] }>(
      `/workflow/${first}?attributes=labels&${at()}`,
    );
    expect(described.body.labels).toMatchObject([{ id: label.body.id }]);
    const inputs = await member.api.get<{ versions: { url: string }[] }>(`/launch/${first}/datasets?${at()}`);
    expect(inputs.body.versions).toMatchObject([{ url }]);

    // pullLatest and stubRun, with parameters in YAML; the dataset stays untouched where it lies.
    await repository.next();
    const second = await launch(server, member.api, environment, {
      ...asked,
      paramsText: `input: ${url}\ntext: yaml\n`,
      resume: true,
      sessionId: workflow.sessionId,
      pullLatest: true,
      stubRun: true,
    });
    await waitForRun(server, member.api, second, ['SUCCEEDED']);
    expect(await shown()).toBe('stub of edition=two\n');
    expect(await readFile(join(headDir, `nf-${second}.params.yml`), 'utf8')).toBe(
      `input: ${params.input}\ntext: yaml\n\n`,
    );
    expect((await stat(params.input)).mtimeMs).toBe(placed.mtimeMs);
    await repository.remove();
  });
});
