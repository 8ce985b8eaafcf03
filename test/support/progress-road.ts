/** Runs whose tasks say when they begin and end, and end when they are told: what a progress table can be held against. */
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ApiClient } from './api-client.ts';
import type { AttachedCluster } from './cluster.ts';
import { freshName, until } from './road.ts';
import type { ReadyServer } from './server.ts';

export interface TaskAnswer {
  taskId: number;
  status: string;
  name?: string;
  tag?: string;
  process?: string;
  hash?: string;
  nativeId?: string;
  executor?: string;
  exit?: number;
  errorAction?: string;
  errorMessage?: string;
  submit?: string;
  start?: string;
  complete?: string;
  realtime?: number;
  peakRss?: number;
  cpus?: number;
  memory?: number;
  workdir: string;
}

/** All tasks of a run, by number. */
export const tasksOf = async (server: ReadyServer, api: ApiClient, run: string): Promise<TaskAnswer[]> => {
  const tasks: TaskAnswer[] = [];
  for (let total = 1; tasks.length < total; ) {
    const { body } = await api.get<{ tasks: { task: TaskAnswer }[]; total: number }>(
      `/workflow/${run}/tasks?workspaceId=${server.workspaceId}&max=100&offset=${tasks.length}`,
    );
    if (body.tasks.length === 0) break;
    tasks.push(...body.tasks.map(({ task }) => task));
    ({ total } = body);
  }
  return tasks;
};

interface Counters {
  pending: number;
  submitted: number;
  running: number;
  succeeded: number;
  failed: number;
  cached: number;
  aborted: number;
}

export interface ProgressAnswer {
  workflowProgress: Counters;
  processesProgress: (Counters & { process: string })[];
}

export const progressOf = async (server: ReadyServer, api: ApiClient, run: string): Promise<ProgressAnswer> =>
  (await api.get<{ progress: ProgressAnswer }>(`/workflow/${run}/progress?workspaceId=${server.workspaceId}`))
    .body.progress;

/** Status of each task by name. */
export const statesOf = async (
  server: ReadyServer,
  api: ApiClient,
  run: string,
): Promise<Record<string, string>> =>
  Object.fromEntries((await tasksOf(server, api, run)).map(({ name, status }) => [name, status]));

export interface Gates {
  dir: string;
  open(name: string): Promise<void>;
  /** Epoch ms at which the task began or ended, by its own clock; waits for it. */
  time(what: 'start' | 'end', name: string): Promise<number>;
}

const makeGates = async (cluster: AttachedCluster): Promise<Gates> => {
  const dir = join(cluster.facts.dir, freshName('gates'));
  await mkdir(dir);
  await chmod(dir, 0o777);
  return {
    dir,
    open: (name) => writeFile(join(dir, `go-${name}`), ''),
    time: async (what, name) =>
      Number(
        await until(
          () => readFile(join(dir, `${what}-${name}`), 'utf8').catch(() => ''),
          (text) => text.endsWith('\n'),
          { limitMs: 60_000, what: `${what} of task ${name}` },
        ),
      ),
  };
};

/** A process whose tasks, one for each name, wait for their gate. */
const gateProcess = (dir: string): string => `process GATE {
  tag "\${name}"
  input: val name
  script: """
  date +%s%3N > '${dir}/.start-\${name}'; mv '${dir}/.start-\${name}' '${dir}/start-\${name}'
  while [ ! -e '${dir}/go-\${name}' ]; do sleep 0.1; done
  date +%s%3N > '${dir}/end-\${name}'
  """
}
`;

/**
 * Makes a pipeline of gates, with more in it where asked.
 * @param more processes, in Nextflow's language; `calls` goes into the workflow
 */
export const gatePipeline = async (
  cluster: AttachedCluster,
  names: readonly string[],
  { more = '', calls = '' } = {},
): Promise<{ pipeline: string; gates: Gates }> => {
  const gates = await makeGates(cluster);
  const pipeline = join(cluster.facts.dir, 'pipelines', freshName('gates'));
  await mkdir(pipeline);
  const list = names.map((name) => `'${name}'`).join(', ');
  await writeFile(
    join(pipeline, 'main.nf'),
    `${more}${gateProcess(gates.dir)}workflow {\n${calls}  GATE(channel.of(${list}))\n}\n`,
  );
  await writeFile(
    join(pipeline, 'nextflow.config'),
    "executor {\n  pollInterval = '1s'\n  queueStatInterval = '1s'\n  exitReadTimeout = '2s'\n}\n",
  );
  return { pipeline, gates };
};
