/** The server as an operator runs it: a process of its own with its environment, made ready by the command line. */
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createApiClient } from './api-client.ts';
import { freePort } from './sshd.ts';

const execute = promisify(execFile);
const root = new URL('../..', import.meta.url).pathname;

/** The settings under which tests reach a cluster on loopback; never those of the machine. */
const bareEnvironment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('LATCHKEY_')));

export interface ServerOptions {
  /** More settings, or other ones. */
  environment?: Record<string, string>;
}

export interface TestServer {
  dataDir: string;
  url: string;
  environment: NodeJS.ProcessEnv;
  /** Everything it has printed, all starts together. */
  output(): string;
  pid(): number;
  start(): Promise<void>;
  /** SIGTERM, and waits. Returns the exit code. */
  stop(): Promise<number | null>;
  /** SIGKILL, and waits. */
  kill(): Promise<void>;
  /** `latchkey <words>` with the server's settings. */
  latchkey(...words: string[]): Promise<string>;
  /** The API as the bearer of a token. */
  as(token: string): ReturnType<typeof createApiClient>;
  /** Stops and removes all traces. */
  remove(): Promise<void>;
}

/** A server that is not started yet. */
export const prepareServer = async (options: ServerOptions = {}): Promise<TestServer> => {
  const dataDir = await mkdtemp(join(tmpdir(), 'latchkey-server-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const environment = {
    ...bareEnvironment(),
    LATCHKEY_LISTEN: `127.0.0.1:${port}`,
    LATCHKEY_DATA: dataDir,
    LATCHKEY_ALLOWED_NETWORKS: '127.0.0.0/8',
    LATCHKEY_LOG_LEVEL: 'debug',
    ...options.environment,
  };
  let output = '';
  let child: ReturnType<typeof spawn> | undefined;
  let ended: Promise<number | null> = Promise.resolve(null);

  const ready = async (): Promise<void> => {
    for (const end = Date.now() + 20_000; Date.now() < end; ) {
      if (child?.exitCode !== null)
        throw new Error(`The server ended at its start:\n${output.slice(-4_000)}`);
      const answer = await fetch(`${url}/health/ready`).catch(() => undefined);
      if (answer?.ok) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`The server was not ready within 20 s:\n${output.slice(-4_000)}`);
  };

  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    child?.kill(signal);
    const code = await ended;
    child = undefined;
    return code;
  };

  return {
    dataDir,
    url,
    environment,
    output: () => output,
    pid: () => child?.pid ?? 0,
    start: async () => {
      const started = spawn(process.execPath, [join(root, 'src/server/main.ts')], {
        cwd: root,
        env: environment,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      child = started;
      started.stdout.on('data', (chunk) => (output += String(chunk)));
      started.stderr.on('data', (chunk) => (output += String(chunk)));
      ended = new Promise((resolve) => started.once('close', (code) => resolve(code)));
      await ready();
    },
    stop: () => end('SIGTERM'),
    kill: async () => {
      await end('SIGKILL');
    },
    latchkey: async (...words) => {
      const { stdout } = await execute(process.execPath, [join(root, 'src/cli/main.ts'), ...words], {
        cwd: root,
        env: environment,
      });
      return stdout;
    },
    as: (token) => createApiClient(`${url}/api`, token),
    remove: async () => {
      await end('SIGKILL');
      await rm(dataDir, { recursive: true, force: true });
    },
  };
};

/** A started server with an owner, an organisation and a workspace. */
export const startServer = async (options: ServerOptions = {}) => {
  const server = await prepareServer(options);
  const tokenFile = (name: string) => join(server.dataDir, `${name}.token`);
  const token = async (name: string) => (await readFile(tokenFile(name), 'utf8')).trim();
  try {
    await server.latchkey(
      ...['init', '--org', 'biolab', '--user', 'olga', '--email', 'olga@example.org'],
      ...['--workspace', 'main', '--token-file', tokenFile('olga')],
    );
    await server.start();
    const ownerToken = await token('olga');
    const owner = server.as(ownerToken);
    const mine = await owner.get<{ user: { id: number } }>('/user-info');
    const places = await owner.get<{
      orgsAndWorkspaces: { orgId: number; workspaceId: number | null }[];
    }>(`/user/${mine.body.user.id}/workspaces`);
    const place = places.body.orgsAndWorkspaces.find((row) => row.workspaceId !== null);
    if (!place?.workspaceId) throw new Error('init made no workspace');
    return {
      ...server,
      owner,
      ownerToken,
      organisationId: place.orgId,
      workspaceId: place.workspaceId,
      /** Adds a member with a role in the workspace; returns the API as that member. */
      addMember: async (name: string, role = 'maintain') => {
        await server.latchkey(
          ...['user', 'add', '--user', name, '--email', `${name}@example.org`, '--org', 'biolab'],
          ...['--workspace', 'main', '--workspace-role', role, '--token-file', tokenFile(name)],
        );
        const api = server.as(await token(name));
        const { body } = await api.get<{ user: { id: number } }>('/user-info');
        return { api, userId: body.user.id, token: await token(name) };
      },
    };
  } catch (error) {
    await server.remove();
    throw error;
  }
};

export type ReadyServer = Awaited<ReturnType<typeof startServer>>;
