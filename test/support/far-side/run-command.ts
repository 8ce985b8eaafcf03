/** Runs the commands of this room without a channel, as one Linux user, for its tests. */
import { spawn } from 'node:child_process';
import type { RemoteResult } from '#core/ports/cluster-access.ts';
import type { CommandText } from '#core/ports/scheduler.ts';

export interface Place {
  env: Record<string, string>;
  /** Linux user to become; needs root. */
  user?: { uid: number; gid: number; name: string };
  cwd?: string;
  /** What a command's stdin is: a pipe, as a channel has it, unless told. */
  stdin?: 'socket';
}

/** Starts a command; `kill` ends its whole process group at once. */
export const startCommand = (command: CommandText, { env, user, cwd = '/', stdin }: Place) => {
  const become = user ? ['setpriv', '--reuid', `${user.uid}`, '--regid', `${user.gid}`, '--init-groups'] : [];
  // What Node calls a pipe is a socket.
  const piped = command.stdin === undefined || stdin ? [] : ['sh', '-c', '/bin/cat | "$@"', 'sh'];
  const [program = '', ...words] = [...become, ...piped, ...command.argv.map(String)];
  const child = spawn(program, words, { env, cwd, detached: true, stdio: 'pipe' });
  const out: Uint8Array[] = [];
  const err: Uint8Array[] = [];
  child.stdout.on('data', (chunk: Uint8Array) => out.push(chunk));
  child.stderr.on('data', (chunk: Uint8Array) => err.push(chunk));
  child.stdin.on('error', () => undefined);
  child.stdin.end(command.stdin ?? '');
  const result = new Promise<RemoteResult>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) =>
      resolve({
        exitCode: code ?? 137,
        stdout: Buffer.concat(out),
        stderr: Buffer.concat(err),
        timedOut: false,
        truncated: false,
      }),
    );
  });
  const kill = () => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
      process.kill(-child.pid, 'SIGKILL');
  };
  return { result, kill, pid: child.pid ?? 0 };
};

export const runCommand = (command: CommandText, place: Place): Promise<RemoteResult> =>
  startCommand(command, place).result;

/** An answer as if a command had printed it. */
export const answered = (
  stdout: string,
  over: Partial<RemoteResult> & { said?: string } = {},
): RemoteResult => ({
  exitCode: 0,
  stdout: Buffer.from(stdout),
  stderr: Buffer.from(over.said ?? ''),
  timedOut: over.timedOut ?? false,
  truncated: over.truncated ?? false,
});

/** The answer of a query that ends with the exit status of its command. */
export const asked = (text: string, status = 0, said = ''): RemoteResult =>
  answered(`${text}\nlatchkey: asked ${status}\nlatchkey: end\n`, { said });
