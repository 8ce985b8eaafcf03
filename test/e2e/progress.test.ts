/** Progress without HTTP: Nextflow's own files over the member's channel, on real Slurm. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, inject, test } from 'vitest';
import { attachCluster } from '../support/cluster.ts';
import { gatePipeline, progressOf, statesOf, type TaskAnswer, tasksOf } from '../support/progress-road.ts';
import {
  addKey,
  freshName,
  headJobOf,
  launch,
  makeEnvironment,
  registerCluster,
  until,
  waitForRun,
} from '../support/road.ts';
import { useServer } from '../support/use-server.ts';

const cluster = attachCluster(inject('cluster'));
const server = useServer();

/** No HTTP leaves the head job: whatever Java would send goes to a port where nobody listens. */
const noHttp = {
  name: 'NXF_OPTS',
  value:
    '-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xmx256m -Dhttp.proxyHost=127.0.0.1 -Dhttp.proxyPort=9 -Dhttp.nonProxyHosts= -Dhttps.proxyHost=127.0.0.1 -Dhttps.proxyPort=9',
  head: true,
};

const house = async (label: 'alice' | 'bob', config: Record<string, unknown> = {}) => {
  const member = await server.addMember(freshName(label));
  const identity = await registerCluster(server, cluster);
  await addKey(member.api, identity, cluster.user(label));
  const environment = await makeEnvironment(server, identity, config);
  return { api: member.api, environment };
};

const odd = `
process ODD {
  tag "\${x}"
  errorStrategy 'ignore'
  input: val x
  script: "true"
}
process FLAKY {
  tag "x\${n};] status: COMPLETED; exit: 0; workDir: /no/such started: 1; exited: -; ]"
  cpus 2
  memory '30 MB'
  errorStrategy { task.attempt < 2 ? 'retry' : 'ignore' }
  maxRetries 3
  input: val n
  script: "exit 3"
}
process MISSING {
  errorStrategy 'ignore'
  output: path 'never'
  script: "true"
}
`;
const oddCalls = `  ODD(channel.of('plain', 'a;b]c; status: FAILED; exit: 7', 'tab\\there', 'two\\nlines', 'Zürich ä€😀', 'sep\\u001fsep'))
  FLAKY(channel.of(1))
  MISSING()
`;
const oddNames = ['plain', 'a;b]c; status: FAILED; exit: 7', 'tab\there', 'Zürich ä€😀', 'sep\u001fsep'];
const flaky = 'FLAKY (x1;] status: COMPLETED; exit: 0; workDir: /no/such started: 1; exited: -; ])';

const bare = ({ taskId, status, name, exit, workdir, nativeId }: TaskAnswer) => ({
  taskId,
  status,
  name,
  exit,
  workdir,
  nativeId,
});

describe('progress over SSH', () => {
  test('states live within 5 s, whatever tasks are called; a restart in between; a resume with cached tasks', {
    timeout: 300_000,
  }, async () => {
    const { api, environment } = await house('alice', { environment: [noHttp] });
    const { pipeline, gates } = await gatePipeline(cluster, ['one', 'two', 'three'], {
      more: odd,
      calls: oddCalls,
    });
    const run = await launch(server, api, environment, { pipeline });
    const stateOf = async (name: string) => (await statesOf(server, api, run))[name];
    /** How late a state is seen, against the task's own clock. */
    const delay = async (name: string, what: 'start' | 'end', state: string): Promise<number> => {
      const truth = await gates.time(what, name);
      await until(
        () => stateOf(`GATE (${name})`),
        (seen) => seen === state,
        { limitMs: 60_000, everyMs: 100, what: `${name} ${state}` },
      );
      return Date.now() - truth;
    };
    const delays = await Promise.all(['one', 'two', 'three'].map((name) => delay(name, 'start', 'RUNNING')));
    expect((await progressOf(server, api, run)).processesProgress.map(({ process }) => process)).toEqual([
      'ODD',
      'FLAKY',
      'MISSING',
      'GATE',
    ]);

    // What happens while nobody looks is seen afterwards, and nothing is seen twice.
    await server.kill();
    await gates.open('one');
    await gates.time('end', 'one');
    await server.start();
    await until(
      () => stateOf('GATE (one)'),
      (state) => state === 'COMPLETED',
      { limitMs: 30_000, what: 'the end that nobody watched' },
    );

    await gates.open('two');
    delays.push(await delay('two', 'end', 'COMPLETED'));
    const running = await progressOf(server, api, run);
    expect(running.processesProgress.find(({ process }) => process === 'GATE')).toMatchObject({
      running: 1,
      succeeded: 2,
      submitted: 0,
      pending: 0,
    });
    await gates.open('three');
    const { workflow } = await waitForRun(server, api, run, ['SUCCEEDED']);
    expect(Math.max(...delays)).toBeLessThan(5_000);

    const tasks = await tasksOf(server, api, run);
    const states = Object.fromEntries(
      tasks.map(({ name, status, exit, errorAction }) => [
        `${name} ${errorAction ?? ''}`,
        `${status} ${exit}`,
      ]),
    );
    expect(states).toMatchObject({
      ...Object.fromEntries(oddNames.map((name) => [`ODD (${name}) `, 'COMPLETED 0'])),
      // Nextflow's own wrapper cannot bear a line break in a tag; its name survives all the same.
      'ODD (two\nlines) IGNORE': expect.stringMatching(/^FAILED/),
      [`${flaky} RETRY`]: 'FAILED 3',
      [`${flaky} IGNORE`]: 'FAILED 3',
      'MISSING IGNORE': 'FAILED 0',
      'GATE (one) ': 'COMPLETED 0',
      'GATE (two) ': 'COMPLETED 0',
      'GATE (three) ': 'COMPLETED 0',
    });
    expect(tasks).toHaveLength(12);
    for (const task of tasks) {
      expect(task).toMatchObject({
        executor: 'slurm',
        nativeId: expect.stringMatching(/^\d+$/),
        submit: expect.any(String),
      });
      expect(task.workdir.startsWith(`${workflow.workDir}/`)).toBe(true);
    }
    expect(tasks.find(({ name }) => name === 'GATE (two)')).toMatchObject({
      tag: 'two',
      process: 'GATE',
      realtime: expect.any(Number),
      peakRss: expect.any(Number),
      cpus: 1,
    });
    expect(tasks.find(({ name }) => name === flaky)).toMatchObject({
      cpus: 2,
      memory: 30 * 1024 ** 2,
      errorMessage: `Process \`${flaky}\` terminated with an error exit status (3)`,
    });
    expect(tasks.find(({ name }) => name === 'MISSING')?.errorMessage).toMatch(/^Missing output file/);

    const resumed = await launch(server, api, environment, {
      pipeline,
      resume: true,
      sessionId: workflow.sessionId,
    });
    await waitForRun(server, api, resumed, ['SUCCEEDED']);
    const again = await tasksOf(server, api, resumed);
    const cached = again.filter(({ status }) => status === 'CACHED').map(({ process }) => process);
    expect(cached.filter((process) => process === 'GATE')).toHaveLength(3);
    expect(cached.filter((process) => process === 'ODD')).toHaveLength(oddNames.length);
    expect(again.filter(({ status }) => status === 'FAILED')).toHaveLength(4);
    // The first run's table is as it was.
    expect((await tasksOf(server, api, run)).map(bare)).toEqual(tasks.map(bare));
  });

  test('a head whose Java is killed: what ended counts, what ran was aborted, nothing stays in the queue', {
    timeout: 180_000,
  }, async () => {
    const { api, environment } = await house('bob');
    const { pipeline, gates } = await gatePipeline(cluster, ['done', 'open']);
    const run = await launch(server, api, environment, { pipeline });
    await Promise.all([gates.time('start', 'done'), gates.time('start', 'open')]);
    await gates.open('done');
    const states = () => statesOf(server, api, run);
    await until(states, (seen) => seen['GATE (done)'] === 'COMPLETED' && seen['GATE (open)'] === 'RUNNING', {
      what: 'one task ended, one running',
    });
    const head = await headJobOf(server, api, run);
    for (const pid of await cluster.user('bob').processes()) {
      const [command, environ] = await Promise.all(
        ['cmdline', 'environ'].map((name) => readFile(join('/proc', `${pid}`, name), 'utf8').catch(() => '')),
      );
      if (command?.startsWith('java') && environ?.split('\0').includes(`SLURM_JOB_ID=${head}`))
        process.kill(pid, 'SIGKILL');
    }
    const { workflow } = await waitForRun(server, api, run, ['FAILED']);
    expect(workflow.exitStatus).toBe(137);
    expect(await states()).toEqual({ 'GATE (done)': 'COMPLETED', 'GATE (open)': 'ABORTED' });
    expect((await progressOf(server, api, run)).workflowProgress).toMatchObject({
      running: 0,
      succeeded: 1,
      aborted: 1,
    });
    const live = (await cluster.slurm.squeue('Name', 'State')).filter(
      (job) => job['Name']?.startsWith(`nf-${run}`) && ['PENDING', 'RUNNING'].includes(job['State'] ?? ''),
    );
    expect(live).toEqual([]);
  });

  /**
   * In the head job, which Slurm runs: a thousand jobs would take two cores a quarter of an hour. Within Nextflow's own
   * Java it takes half a minute; with a process for each, which is asked for, minutes.
   */
  const bodies = {
    'code within Nextflow':
      "exec:\n    Thread.sleep(20)\n    if (n % 100 == 0) throw new IllegalStateException('; exit: 0; error: -')",
    'each a process of its own': 'script: "exit ${n % 100 == 0 ? 3 : 0}"',
  };
  const asked = process.env['LATCHKEY_TEST_LONG'] ? 2 : 1;
  test.each(Object.entries(bodies).slice(0, asked))(
    'a run of 1,000 tasks, %s: every one of them, live and in the end',
    {
      timeout: 900_000,
    },
    async (_how, body) => {
      const { api, environment } = await house('alice');
      const { pipeline } = await gatePipeline(cluster, [], {
        more: `process MANY {
  tag "\${n};\\tä] status: FAILED"
  errorStrategy 'ignore'
  input: val n
  ${body}
}
`,
        calls: '  MANY(channel.of(1..1000))\n',
      });
      const configText = "process.executor = 'local'\nexecutor.cpus = 128\nexecutor.queueSize = 128\n";
      const run = await launch(server, api, environment, { pipeline, configText });
      let seen = { ended: 0, looks: 0 };
      const counters = async () => (await progressOf(server, api, run)).workflowProgress;
      await until(
        counters,
        ({ succeeded, failed }) => {
          const ended = succeeded + failed;
          seen = { ended, looks: seen.looks + (ended > seen.ended ? 1 : 0) };
          return ended === 1_000;
        },
        { limitMs: 800_000, everyMs: 500, what: '1,000 tasks' },
      );
      // Not in one go at the end.
      expect(seen.looks).toBeGreaterThan(3);
      await waitForRun(server, api, run, ['SUCCEEDED']);
      expect(await counters()).toMatchObject({
        succeeded: 990,
        failed: 10,
        running: 0,
        pending: 0,
        submitted: 0,
      });
      const tasks = await tasksOf(server, api, run);
      expect(tasks.map(({ taskId }) => taskId)).toEqual(
        Array.from({ length: 1_000 }, (_, index) => index + 1),
      );
      for (const { tag, status, executor } of tasks) {
        const failing = Number.parseInt(tag ?? '', 10) % 100 === 0;
        expect({ tag, status, executor }).toEqual({
          tag: expect.stringMatching(/^\d+;\tä\] status: FAILED$/),
          status: failing ? 'FAILED' : 'COMPLETED',
          executor: 'local',
        });
      }
    },
  );
});
