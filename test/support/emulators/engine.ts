/**
 * A batch system in this process that runs real jobs as real Linux users. What its commands look like is told by a
 * dialect; a small client program on the cluster's PATH hands every call over.
 */
import { spawn } from 'node:child_process';
import { chmod, copyFile, mkdir, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Ledger } from '../ledger.ts';

export interface Call {
  program: string;
  args: string[];
  cwd: string;
  env: Record<string, string>;
  stdin: string;
  user: string;
}

export interface Reply {
  stdout?: string;
  stderr?: string;
  exit?: number;
}

export interface NewJob {
  name: string;
  user: string;
  queue: string;
  script: string;
  cwd: string;
  env: Record<string, string>;
  /** Where the job's output goes; nowhere unless told. */
  output?: string | undefined;
  held?: boolean | undefined;
  limitSeconds?: number | undefined;
  account?: string | undefined;
  /** As a login shell starts: with the account's own start-up files. */
  login?: boolean;
}

export interface Job extends NewJob {
  id: number;
  state: 'queued' | 'held' | 'running' | 'ended';
  submitted: Date;
  started?: Date;
  ended?: Date;
  pid?: number;
  exitCode?: number;
  signal?: number;
  /** Who or what ended it, where it did not end by itself. */
  endedBy?: 'owner' | 'limit' | 'before-start';
  /** Signals sent on request, in order. */
  signals: string[];
}

export interface Engine {
  jobs: Job[];
  submit(job: NewJob): Job;
  /** Signals a running job; `KILL` of one that waits takes it out of the queue. */
  signal(job: Job, signal: NodeJS.Signals, by: 'owner' | 'limit'): void;
}

export interface Dialect {
  programs: readonly string[];
  /** Variables of a job; `JOB` stands for its number. */
  answer(call: Call, engine: Engine): Reply | Promise<Reply>;
  jobEnvironment(job: Job): Record<string, string>;
  /** What calls get while the system is away. */
  whileAway(call: Call): Reply;
  /** Seconds between the TERM and the KILL of a removal. */
  graceSeconds: number;
  /** What a job's time limit sends first. */
  limitSignal: NodeJS.Signals;
}

export interface Emulator {
  environment: Record<string, string>;
  binDir: string;
  jobs: Job[];
  /** Its servers do not answer while `work` runs. */
  away(work: () => Promise<void>): Promise<void>;
}

const signalNumbers: Record<string, number> = { SIGINT: 2, SIGKILL: 9, SIGUSR2: 12, SIGTERM: 15 };

const createEngine = (spool: string, dialect: Dialect): Engine => {
  const jobs: Job[] = [];

  const end = (job: Job) => {
    job.state = 'ended';
    job.ended = new Date();
  };

  const run = async (job: Job): Promise<void> => {
    const file = join(spool, `${job.id}.sh`);
    await writeFile(file, job.script);
    await chmod(file, 0o755);
    if (job.state !== 'queued') return;
    const output = job.output ?? '/dev/null';
    const start = `cd "$1" 2>/dev/null || cd /tmp; exec "$2" ${job.login ? '-l ' : ''}"$3" >"$4" 2>&1 </dev/null`;
    const become = ['--reuid', job.user, '--regid', job.user, '--init-groups'];
    const child = spawn(
      'setpriv',
      [...become, '/bin/sh', '-c', start, 'job', job.cwd, '/bin/bash', file, output],
      { env: { ...job.env, ...dialect.jobEnvironment(job) }, detached: true, stdio: 'ignore', cwd: '/' },
    );
    if (child.pid === undefined) throw new Error('a job could not be started');
    job.pid = child.pid;
    job.state = 'running';
    job.started = new Date();
    const limit =
      job.limitSeconds === undefined
        ? undefined
        : setTimeout(() => signal(job, dialect.limitSignal, 'limit'), job.limitSeconds * 1000);
    child.once('close', (code, by) => {
      clearTimeout(limit);
      if (code !== null) job.exitCode = code;
      if (by !== null) job.signal = signalNumbers[by] ?? 0;
      end(job);
    });
  };

  const kill = (job: Job, name: NodeJS.Signals) => {
    try {
      if (job.pid !== undefined) process.kill(-job.pid, name);
    } catch {
      // Gone already.
    }
  };

  const signal = (job: Job, name: NodeJS.Signals, by: 'owner' | 'limit') => {
    job.signals.push(name);
    if (job.state === 'queued' || job.state === 'held') {
      if (name !== 'SIGKILL') return;
      job.endedBy = 'before-start';
      end(job);
      return;
    }
    if (job.state !== 'running') return;
    if (name !== 'SIGKILL' && by === 'owner') return kill(job, name);
    job.endedBy ??= by;
    kill(job, by === 'limit' ? name : 'SIGTERM');
    setTimeout(() => kill(job, 'SIGKILL'), dialect.graceSeconds * 1000).unref();
  };

  return {
    jobs,
    signal,
    submit: (asked) => {
      const job: Job = {
        ...asked,
        id: jobs.length + 101,
        state: asked.held ? 'held' : 'queued',
        submitted: new Date(),
        signals: [],
      };
      jobs.push(job);
      // A scheduling pass later, as on a real system.
      if (!asked.held) setTimeout(() => void run(job), 300);
      return job;
    },
  };
};

const dialects = {
  lsf: () => import('./lsf.ts').then((module) => module.lsfDialect),
  'lsf-old': () => import('./lsf.ts').then((module) => module.oldLsfDialect),
  pbs: () => import('./pbs.ts').then((module) => module.pbsDialect),
  'pbs-old': () => import('./pbs.ts').then((module) => module.oldPbsDialect),
  'pbs-forgetful': () => import('./pbs.ts').then((module) => module.forgetfulPbsDialect),
  moab: () => import('./moab.ts').then((module) => module.moabDialect),
};

/** Brings one up; its commands lie in `binDir` and end with the ledger. */
export const startEmulator =
  (kind: keyof typeof dialects) =>
  async (ledger: Ledger): Promise<Emulator> => {
    const dialect = await dialects[kind]();
    const dir = join(ledger.dir, kind);
    const binDir = join(dir, 'bin');
    await mkdir(binDir, { recursive: true });
    await mkdir(join(dir, 'spool'));
    const client = join(binDir, '.client');
    await copyFile(new URL('client.pl', import.meta.url), client);
    await chmod(client, 0o755);
    for (const program of dialect.programs) await symlink('.client', join(binDir, program));
    const engine = createEngine(join(dir, 'spool'), dialect);
    let isAway = false;

    const server = createServer({ allowHalfOpen: true }, (socket) => {
      let text = '';
      socket.setEncoding('latin1');
      socket.on('data', (chunk) => (text += String(chunk)));
      socket.on('error', () => undefined);
      socket.on('end', () => {
        const call = JSON.parse(Buffer.from(text, 'latin1').toString()) as Call;
        void (async () => {
          const reply = isAway ? dialect.whileAway(call) : await dialect.answer(call, engine);
          if (isAway) await sleep(50);
          socket.end(JSON.stringify({ stdout: '', stderr: '', exit: 0, ...reply }));
        })().catch((error: unknown) =>
          socket.end(JSON.stringify({ stdout: '', stderr: `emulator: ${String(error)}`, exit: 99 })),
        );
      });
    });
    const path = join(dir, 'socket');
    await new Promise<void>((resolve) => server.listen(path, resolve));
    await chmod(path, 0o777);
    server.unref();
    return {
      environment: { LK_EMULATOR: path },
      binDir,
      jobs: engine.jobs,
      away: async (work) => {
        isAway = true;
        await work().finally(() => {
          isAway = false;
        });
      },
    };
  };
