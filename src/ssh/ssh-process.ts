/** One system `ssh`: its files, its agent, its process, and the end of all three. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import type { ClusterTarget } from '#core/ports/cluster-access.ts';
import { type Agent, startAgent } from './agent.ts';
import { type ChannelFiles, type Hop, writeChannelFiles } from './config-file.ts';
import { sessionCommand } from './far-side.ts';

const keptStderr = 8_192;
const killAfterMs = 2_000;

export interface SshProcessOptions {
  target: ClusterTarget;
  /** The address that was checked. */
  address: string;
  runtimeDir: string;
  sshProgram: string;
  connectTimeoutMs: number;
  aliveSeconds: number;
  onSigned(): void;
}

export interface SshProcess {
  child: ChildProcessWithoutNullStreams;
  /** The last 8 KB that ssh (and the far side's start-up files) printed on stderr. */
  stderr(): string;
  /** A reason of ours why no signature was given. */
  signError(): unknown;
  /** Takes agent socket and files away: after the login ssh needs neither. */
  loggedIn(): void;
  /** Ends the process: TERM, then KILL. */
  kill(): void;
  /** Resolves with the exit code when the process is gone and its files are removed. Never rejects. */
  gone: Promise<number | null>;
}

/** No HOME, no agent, no askpass, no display of this server's user. */
const bareEnvironment = { PATH: '/usr/local/bin:/usr/bin:/bin', SHELL: '/bin/sh' };

/** @throws AppError 400 for values ssh cannot be given; Error when files or process cannot be made */
export const startSsh = async (options: SshProcessOptions): Promise<SshProcess> => {
  const { target, address } = options;
  const hop: Hop = {
    alias: 'target',
    address,
    port: target.port,
    userName: target.userName,
    pins: target.pins,
  };
  const files: ChannelFiles = await writeChannelFiles({
    runtimeDir: options.runtimeDir,
    hops: [hop],
    connectTimeoutMs: options.connectTimeoutMs,
    aliveIntervalSeconds: options.aliveSeconds,
    publicBlob: target.signer.publicBlob,
  });
  let agent: Agent | undefined;
  let cleaned: Promise<void> | undefined;
  const clean = (): Promise<void> => {
    agent?.close();
    // What cannot be removed now holds no secret and is swept at the next start.
    cleaned ??= files.remove().catch(() => undefined);
    return cleaned;
  };
  let signError: unknown;
  try {
    agent = await startAgent({
      path: files.agentPath,
      signer: target.signer,
      userName: target.userName,
      pins: target.pins,
      onSigned: options.onSigned,
      onSignError: (error) => {
        signError = error;
      },
    });
    const words = ['-T', '-F', files.configPath, hop.alias, sessionCommand];
    const child = spawn(options.sshProgram, words, {
      env: bareEnvironment,
      stdio: ['pipe', 'pipe', 'pipe'],
      cwd: '/',
    });
    let stderr = Buffer.alloc(0);
    child.stderr.on('data', (chunk: Buffer) => {
      stderr = Buffer.concat([stderr, chunk]).subarray(-keptStderr);
    });
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream.on('error', () => undefined);
    let over = false;
    const gone = new Promise<number | null>((resolve) => {
      const end = (code: number | null) => {
        over = true;
        void clean().then(() => resolve(code));
      };
      child.once('close', end);
      child.once('error', (error) => {
        stderr = Buffer.from(`ssh could not be started: ${error.message}`);
        if (child.pid === undefined) end(null);
      });
    });
    return {
      child,
      stderr: () => stderr.toString('utf8'),
      signError: () => signError,
      loggedIn: () => void clean(),
      kill() {
        if (over) return;
        child.kill('SIGTERM');
        const timer = setTimeout(() => {
          child.kill('SIGKILL');
          // A grandchild may hold the pipes open; nobody reads them any more.
          for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
        }, killAfterMs);
        void gone.then(() => clearTimeout(timer));
      },
      gone,
    };
  } catch (error) {
    await clean();
    throw error;
  }
};
