/** A real Grid Engine of one host: private cell, directories and ports. */
import { execFile } from 'node:child_process';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Ledger } from './ledger.ts';
import { freePort } from './sshd.ts';

const execute = promisify(execFile);

export interface GridEngine {
  /** What a login must give for its commands to find it. */
  environment: Record<string, string>;
  /** Runs a program of Grid Engine as root and returns its stdout. @throws Error with its stderr */
  run(program: string, ...args: string[]): Promise<string>;
  /** Ends and starts the master, as an operator would. */
  stopMaster(): Promise<void>;
  startMaster(): Promise<void>;
}

const lines = (settings: Record<string, string>): string =>
  Object.entries(settings)
    .map(([name, value]) => `${name} ${value}\n`)
    .join('');

const succeeds = (work: Promise<unknown>): Promise<boolean> =>
  work.then(
    () => true,
    () => false,
  );

const library = '/usr/lib/gridengine';
const shared = '/usr/share/gridengine';

const host = lines({
  hostname: 'localhost',
  load_scaling: 'NONE',
  complex_values: 'NONE',
  user_lists: 'NONE',
  xuser_lists: 'NONE',
  projects: 'NONE',
  xprojects: 'NONE',
  usage_scaling: 'NONE',
  report_variables: 'NONE',
});

const parallelEnvironment = lines({
  pe_name: 'smp',
  slots: '999',
  user_lists: 'NONE',
  xuser_lists: 'NONE',
  start_proc_args: 'NONE',
  stop_proc_args: 'NONE',
  allocation_rule: '$pe_slots',
  control_slaves: 'FALSE',
  job_is_first_task: 'TRUE',
  urgency_slots: 'min',
  accounting_summary: 'FALSE',
  qsort_args: 'NONE',
});

/** Starts Grid Engine with the queues `head` and `compute`; everything of it ends with the ledger (about 4 s). */
export const startGridEngine = async (ledger: Ledger): Promise<GridEngine> => {
  const dir = join(ledger.dir, 'sge');
  const [root, qmaster] = [join(dir, 'root'), join(dir, 'qmaster')];
  const common = join(root, 'default/common');
  const file = async (name: string, content: string): Promise<string> => {
    await writeFile(join(dir, name), content);
    return join(dir, name);
  };
  await mkdir(common, { recursive: true });
  await mkdir(join(qmaster, 'job_scripts'), { recursive: true });
  await mkdir(join(dir, 'execd'));
  await symlink(join(shared, 'util'), join(root, 'util'));
  const [masterPort, execPort] = await Promise.all([freePort(), freePort()]);
  const environment = {
    SGE_ROOT: root,
    SGE_CELL: 'default',
    SGE_QMASTER_PORT: `${masterPort}`,
    SGE_EXECD_PORT: `${execPort}`,
  };
  const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', ...environment };
  const run = async (program: string, ...args: string[]) => (await execute(program, args, { env })).stdout;

  const spooling = `${common};${qmaster}`;
  await writeFile(
    join(common, 'bootstrap'),
    lines({
      admin_user: 'none',
      default_domain: 'none',
      ignore_fqdn: 'true',
      spooling_method: 'classic',
      spooling_lib: 'libspoolc',
      spooling_params: spooling,
      binary_path: library,
      qmaster_spool_dir: qmaster,
      security_mode: 'none',
      listener_threads: '2',
      worker_threads: '2',
      scheduler_threads: '1',
      jvm_threads: '0',
    }),
  );
  await writeFile(join(common, 'act_qmaster'), 'localhost\n');
  // Every name of this machine must mean the same host.
  await writeFile(join(common, 'host_aliases'), `localhost ${hostname()}\n`);
  const configuration = (await readFile(join(shared, 'default-configuration'), 'utf8'))
    .replaceAll('/var/spool/gridengine/execd', join(dir, 'execd'))
    .replaceAll(/^min_[ug]id.*$/gm, '')
    .replace('flush_time=00:00:15', 'flush_time=00:00:01')
    .replace(
      /^gid_range.*$/m,
      `gid_range ${40_000 + (execPort % 20_000)}-${40_000 + (execPort % 20_000) + 200}`,
    );
  await run(join(library, 'spoolinit'), 'classic', 'libspoolc', spooling, 'init');
  const defaults = join(library, 'spooldefaults');
  await run(defaults, 'configuration', await file('configuration', configuration));
  await run(defaults, 'complexes', join(shared, 'util/resources/centry'));
  await run(defaults, 'usersets', join(shared, 'util/resources/usersets'));
  await run(defaults, 'managers', 'root');

  const startMaster = () =>
    ledger.daemon('sge_qmaster', {
      command: ['/usr/sbin/sge_qmaster'],
      env: { ...environment, SGE_ND: '1' },
      signal: 'TERM',
      ready: () => succeeds(run('qconf', '-sh')),
    });
  let master = await startMaster();
  await run('qconf', '-as', 'localhost');
  const scheduler = (await run('qconf', '-ssconf'))
    .replace(/^schedule_interval.*$/m, 'schedule_interval 0:0:1')
    .replace(/^flush_(submit|finish)_sec.*$/gm, 'flush_$1_sec 1');
  await run('qconf', '-Msconf', await file('scheduler', scheduler));
  await run('qconf', '-Ae', await file('host', host));
  await run('qconf', '-Ap', await file('smp', parallelEnvironment));
  const template = await run('qconf', '-sq');
  for (const queue of ['head', 'compute']) {
    const settings: [RegExp, string][] = [
      [/^qname.*$/m, `qname ${queue}`],
      [/^hostlist.*$/m, 'hostlist localhost'],
      [/^slots.*$/m, 'slots 64'],
      [/^load_thresholds.*$/m, 'load_thresholds NONE'],
      [/^pe_list.*$/m, 'pe_list smp'],
      [/^notify.*$/m, 'notify 00:00:10'],
      [/^seq_no.*$/m, `seq_no ${queue === 'head' ? 0 : 1}`],
    ];
    const text = settings.reduce((given, [from, to]) => given.replace(from, to), template);
    await run('qconf', '-Aq', await file(queue, text));
  }
  await ledger.daemon('sge_execd', {
    command: ['/usr/sbin/sge_execd'],
    env: { ...environment, SGE_ND: '1' },
    signal: 'TERM',
    ready: async () => !/ -NA- |\bau\b/.test(await run('qstat', '-f').catch(() => ' -NA- ')),
  });
  return {
    environment,
    run,
    stopMaster: () => master.stop(),
    startMaster: async () => {
      master = await startMaster();
    },
  };
};
