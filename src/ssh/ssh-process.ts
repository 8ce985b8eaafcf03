/** One system `ssh`: its files, its agent, its process, and the end of all three. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import type { ClusterTarget, LoginHost } from '#core/ports/cluster-access.ts';
import { type Agent, startAgent } from './agent.ts';
import { type ChannelFiles, type Hop, writeChannelFiles } from './config-file.ts';
import { sessionCommandOf } from './far-side.ts';

const keptStderr = 8_192;
/** After its TERM. Whoever stops a cluster wants nothing left of it within a second. */
const killAfterMs = 500;

export interface SshProcessOptions {
  target: ClusterTarget;
  /** The address that was checked: of the target, or of the first host on the way to it. */
  address: string;
  runtimeDir: string;
  sshProgram: string;
  connectTimeoutMs: number;
  aliveSeconds: number;
  /** A host on the way has shown a key that ssh trusts, and a login there begins; counted from 0, the target is last. */
  onAsked(hop: number): void;
  /** A key has been proved to a host on the way. */
  onSigned(hop: number): void;
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

const targetAlias = 'target';
const aliasOf = (at: number, count: number): string => (at === count - 1 ? targetAlias : `jump${at + 1}`);

/** Only the first host is dialled from here, at the address that was checked; the others' names are resolved on the way. */
const hopOf = (host: LoginHost, at: number, count: number, address: string): Hop => ({
  alias: aliasOf(at, count),
  address: at === 0 ? address : host.hostName,
  hostName: host.hostName,
  port: host.port,
  userName: host.userName,
  pins: host.pins,
  publicBlob: host.signer.publicBlob,
  ...(at > 0 && { through: aliasOf(at - 1, count) }),
});

/** @throws AppError 400 for values ssh cannot be given; Error when files or process cannot be made */
export const startSsh = async (options: SshProcessOptions): Promise<SshProcess> => {
  const { target, address } = options;
  const hosts = [...(target.through ?? []), target];
  const hops = hosts.map((host, at) => hopOf(host, at, hosts.length, address));
  const files: ChannelFiles = await writeChannelFiles({
    runtimeDir: options.runtimeDir,
    hops,
    connectTimeoutMs: options.connectTimeoutMs,
    aliveIntervalSeconds: options.aliveSeconds,
  });
  const agents: Agent[] = [];
  let cleaned: Promise<void> | undefined;
  const clean = (): Promise<void> => {
    for (const agent of agents) agent.close();
    // What cannot be removed now holds no secret and is swept at the next start.
    cleaned ??= files.remove().catch(() => undefined);
    return cleaned;
  };
  let signError: unknown;
  try {
    // One agent for each host: none of them signs for another host, user or key than its own.
    for (const [at, host] of hosts.entries()) {
      const agent = await startAgent({
        path: files.agentPath(hops[at] ?? { alias: '' }),
        signer: host.signer,
        userName: host.userName,
        hostName: host.hostName,
        pins: host.pins,
        onAsked: () => options.onAsked(at),
        onSigned: () => options.onSigned(at),
        onSignError: (error) => {
          signError = error;
        },
      });
      agents.push(agent);
    }
    const words = ['-T', '-F', files.configPath, targetAlias, sessionCommandOf(target)];
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
