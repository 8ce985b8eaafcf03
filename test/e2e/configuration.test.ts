/** Every configuration field takes effect on the real cluster, and the environment's wins over the identity's. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
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

const cluster = attachCluster(inject('cluster'));
const server = useServer();

/** A pipeline whose one task writes down what reached it. */
const telltale = async (label: string): Promise<string> => {
  const user = cluster.user(label);
  const main = `process TELL {
  publishDir params.outdir, mode: 'copy'
  output: path 'told.txt'
  script: "env | sort > told.txt"
}
workflow { TELL() }
`;
  const path = await user.write('telltale/main.nf', main);
  await user.write('telltale/nextflow.config', "params.outdir = 'results'\nexecutor.pollInterval = '1s'\n");
  return path.replace(/\/main\.nf$/, '');
};

describe('configuration', () => {
  test('all thirteen fields and the environment list', { timeout: 240_000 }, async () => {
    const account = cluster.user('alice');
    const member = await server.addMember(freshName('config'));
    const { workDir } = cluster.facts;
    await cluster.slurm.addUsers([account.name], 'project7');
    const identity = await registerCluster(server, cluster, {
      config: {
        // hostName, port and userName: the identity's alone.
        userName: account.name,
        workDir: `${workDir}/fields/$TW_AGENT_USER/work`,
        launchDir: `${workDir}/fields/launch`,
        headQueue: 'head',
        computeQueue: 'head',
        maxQueueSize: 7,
        headJobOptions: "--comment='of the identity'",
        preRunScript: 'export FROM_IDENTITY=lost',
        nextflowConfig: "env.FROM_SITE = 'site'\nprocess.queue = 'nowhere'",
        environment: [
          { name: 'HEAD_ONLY', value: 'h', head: true, compute: false },
          { name: 'BOTH', value: "it's $HOME", head: true, compute: true },
        ],
      },
    });
    await member.api.post(`/identities/${identity}/credentials`, {
      provider: 'ssh',
      credentials: { provider: 'ssh', keys: { privateKey: account.privateKey } },
      // No userName: the identity's fills in. The account is this member's own.
      metadata: { account: 'project7', headJobOptions: '--nice=5' },
    });
    const environment = await makeEnvironment(server, identity, {
      computeQueue: 'compute',
      headJobOptions: "--comment='two words'",
      propagateHeadJobOptions: true,
      preRunScript: 'export FROM_PRE_RUN=set\necho "head sees $HEAD_ONLY and $BOTH"',
      postRunScript: 'echo "post $NXF_EXIT_STATUS" > post-run.txt; exit 9',
    });
    const pipeline = await telltale('alice');
    const run = await launch(server, member.api, environment, {
      pipeline,
      paramsText: 'outdir: told',
      configText: "env.FROM_LAUNCH = 'launch'",
      configProfiles: ['standard'],
    });
    const { workflow } = await waitForRun(server, member.api, run, ['SUCCEEDED']);

    // launchDir, workDir: the head directory below the one, the tasks below the other, variables filled in.
    expect(workflow.launchDir).toBe(`${workDir}/fields/launch/${account.name}/${workflow.sessionId}`);
    expect(workflow.workDir).toBe(`${workDir}/fields/${account.name}/work`);

    // headQueue, computeQueue, headJobOptions, propagation, the member's own account and options: as Slurm has them.
    const jobs = await accountedJobs(cluster, run, 2, 'Partition', 'Account', 'WorkDir');
    const head = jobs.find((job) => job['JobName'] === `nf-${run}`);
    const task = jobs.find((job) => job['JobName'] !== `nf-${run}`);
    expect(head).toMatchObject({ Partition: 'head', Account: 'project7' });
    expect(task).toMatchObject({ Partition: 'compute', Account: 'project7' });
    expect(task?.['WorkDir']).toContain(`${workDir}/fields/${account.name}/work/`);

    // environment, configText over nextflowConfig, preRunScript: what reached the task.
    const told = await readFile(join(workflow.launchDir ?? '', 'told/told.txt'), 'utf8');
    expect(told).toContain("BOTH=it's $HOME\n");
    expect(told).toContain('FROM_LAUNCH=launch\n');
    expect(told).toContain('FROM_SITE=site\n');
    const output = await member.api.get<string>(
      `/workflow/${run}/download?fileName=nf-${run}.txt&workspaceId=${server.workspaceId}`,
    );
    expect(output.body).toContain("head sees h and it's $HOME");

    // postRunScript saw the exit status and did not change it; maxQueueSize is in the generated configuration.
    expect(await readFile(join(workflow.launchDir ?? '', 'post-run.txt'), 'utf8')).toBe('post 0\n');
    expect(workflow.exitStatus).toBe(0);
    expect(await readFile(join(workflow.launchDir ?? '', `nf-${run}.config`), 'utf8')).toMatch(
      /queueSize = 7\b/,
    );
  });

  test('propagateHeadJobOptions=false keeps the options off the tasks', { timeout: 120_000 }, async () => {
    const member = await server.addMember(freshName('apart'));
    const identity = await registerCluster(server, cluster, {
      config: { headJobOptions: '--time=7' },
    });
    await addKey(member.api, identity, cluster.user('bob'));
    const environment = await makeEnvironment(server, identity);
    const run = await launch(server, member.api, environment, { pipeline: await telltale('bob') });
    await waitForRun(server, member.api, run, ['SUCCEEDED']);
    const jobs = await accountedJobs(cluster, run, 2, 'TimelimitRaw');
    expect(jobs.find((job) => job['JobName'] === `nf-${run}`)).toMatchObject({ TimelimitRaw: '7' });
    expect(jobs.find((job) => job['JobName'] !== `nf-${run}`)?.['TimelimitRaw']).not.toBe('7');
  });
});
