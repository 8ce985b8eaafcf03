/** Real Nextflow for the cluster's users, and small pipelines for it. */
import { execFile } from 'node:child_process';
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const repository = join(import.meta.dirname, '../..');

/** The directory of Nextflow's jars; fetched through Maven once per machine. */
const nextflowJars = async (): Promise<string> =>
  process.env['NEXTFLOW_JARS'] ??
  (await execute('sh', [join(repository, 'scripts/nextflow-jars.sh')])).stdout.trim();

/** JVM options that halve a head job's time, CPU and memory: 9–11 s, 4 s, 170 MB where two tasks do nothing. */
const smallJvm = '-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xmx256m -Xshare:auto';

/** Puts a `nextflow` into `binDir` with the contract of the official launcher: it becomes the JVM. */
export const installNextflow = async (binDir: string): Promise<void> => {
  const wrapper = `#!/bin/bash
export NXF_CLI="nextflow $*" NXF_HOME=\${NXF_HOME:-$HOME/.nextflow}
unset JAVA_TOOL_OPTIONS
o=(-Dfile.encoding=UTF-8 -Djava.awt.headless=true)
for p in java.{lang,io,nio,net,util} sun.nio.{ch,fs} sun.net.www.protocol.{http,https,ftp,file}; do
  o+=(--add-opens=java.base/$p=ALL-UNNAMED)
done
exec java "\${o[@]}" \${NXF_OPTS:-${smallJvm}} -cp "${await nextflowJars()}/*" nextflow.cli.Launcher "$@"
`;
  await mkdir(binDir, { recursive: true });
  await writeFile(join(binDir, 'nextflow'), wrapper);
  await chmod(join(binDir, 'nextflow'), 0o755);
};

/** Paths of the pipelines; all readable by everybody. */
export interface Pipelines {
  /** Directory: `SAY` writes a greeting (`--greeting`), `COUNT` counts its characters into `--outdir`. */
  twoTasks: string;
  /** Bare repository of the same, to be named as `file://…`: branches main and dev (greets with `dev`), tag v1.0. */
  repository: string;
  /** Directory: its one task ends with status 3. */
  failing: string;
  /** Directory: `--tasks` tasks that sleep `--seconds` each. */
  sleeping: string;
}

const quickConfig = `executor {
  pollInterval = '1s'
  queueStatInterval = '2s'
  exitReadTimeout = '10s'
}
`;

const twoTasks = (greeting: string) => `params.greeting = '${greeting}'
params.outdir = 'results'

process SAY {
  output: path 'said.txt'
  script: "printf '%s' '\${params.greeting}' > said.txt"
}

process COUNT {
  publishDir params.outdir, mode: 'copy'
  input: path said
  output: path 'count.txt'
  script: "wc -c < $said > count.txt; id -un >> count.txt"
}

workflow {
  SAY | COUNT
}
`;

const failing = `process FAIL {
  script: "echo 'this task fails on purpose' >&2; exit 3"
}

workflow {
  FAIL()
}
`;

const sleeping = `params.tasks = 2
params.seconds = 600

process SLEEP {
  input: val number
  script: "sleep \${params.seconds}"
}

workflow {
  SLEEP(channel.of(1..params.tasks.toInteger()))
}
`;

export const makePipelines = async (dir: string): Promise<Pipelines> => {
  const pipelines: Pipelines = {
    twoTasks: join(dir, 'two-tasks'),
    repository: join(dir, 'greetings.git'),
    failing: join(dir, 'failing'),
    sleeping: join(dir, 'sleeping'),
  };
  const put = async (at: string, main: string) => {
    await mkdir(at, { recursive: true });
    await writeFile(join(at, 'main.nf'), main);
    await writeFile(join(at, 'nextflow.config'), quickConfig);
  };
  await put(pipelines.twoTasks, twoTasks('hello'));
  await put(pipelines.failing, failing);
  await put(pipelines.sleeping, sleeping);

  const clone = join(dir, 'clone');
  const git = (...args: string[]) =>
    execute('git', ['-c', 'user.name=Test', '-c', 'user.email=test@example.org', ...args], {
      cwd: dirname(clone),
      env: { PATH: '/usr/bin:/bin', HOME: dir, GIT_CONFIG_NOSYSTEM: '1' },
    });
  const commit = async (message: string) => {
    await git('-C', clone, 'add', '.');
    await git('-C', clone, 'commit', '-qm', message);
  };
  await git('init', '-q', '-b', 'main', clone);
  await put(clone, twoTasks('hello'));
  await commit('Greet');
  await git('-C', clone, 'tag', 'v1.0');
  await git('-C', clone, 'checkout', '-qb', 'dev');
  await put(clone, twoTasks('dev'));
  await commit('Greet from the branch');
  await git('-C', clone, 'checkout', '-q', 'main');
  await git('clone', '-q', '--bare', clone, pipelines.repository);
  await rm(clone, { recursive: true });
  return pipelines;
};
