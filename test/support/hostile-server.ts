/** An SSH server that says whatever a test wants: real handshake, real login, then a script instead of a session. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createServer, type Socket } from 'node:net';
import ssh2 from 'ssh2';
import { createTestSigner } from './test-signer.ts';

export interface HostileOptions {
  /** `none` lets everybody in before a key was proved; `refuse` lets in nobody. */
  login?: 'key' | 'none' | 'refuse';
  /** Text for `bash` that is the session: what it prints goes to the client, what that sends is its stdin. */
  session?: string;
  /** Called for each connection before anything is said. */
  onConnection?(socket: Socket): void;
}

export interface HostileServer {
  port: number;
  /** `type base64`, as a pin. */
  hostKey: string;
  /** So far: connections, logins that were let in, sessions that were given commands. */
  count: { connections: number; logins: number; sessions: number };
  close(): Promise<void>;
}

const hostKey = createTestSigner('rsa');

const endGroup = ({ pid }: ChildProcess): void => {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
};

export const startHostileServer = async (options: HostileOptions = {}): Promise<HostileServer> => {
  const { login = 'key', session = '' } = options;
  const count = { connections: 0, logins: 0, sessions: 0 };
  const children = new Set<ChildProcess>();
  const sockets = new Set<Socket>();
  const server = new ssh2.Server({ hostKeys: [hostKey.privatePem] }, (client) => {
    client.on('error', () => undefined);
    client.on('authentication', (auth) => {
      if (login === 'none' || (login === 'key' && auth.method === 'publickey')) auth.accept();
      else auth.reject(['publickey']);
    });
    client.on('ready', () => {
      count.logins += 1;
    });
    client.on('session', (accept) => {
      accept().on('exec', (acceptExec) => {
        count.sessions += 1;
        const stream = acceptExec();
        const child = spawn('/bin/bash', ['-c', session], { stdio: 'pipe', detached: true });
        children.add(child);
        for (const end of [stream, child.stdin, child.stdout, child.stderr]) end.on('error', () => undefined);
        stream.pipe(child.stdin);
        child.stdout.pipe(stream, { end: false });
        child.stderr.pipe(stream.stderr, { end: false });
        child.once('close', (code) => {
          children.delete(child);
          stream.exit(code ?? 255);
          stream.end();
        });
      });
    });
  });
  const listener = createServer((socket) => {
    count.connections += 1;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
    options.onConnection?.(socket);
    if (!socket.destroyed) server.injectSocket(socket);
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const address = listener.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    hostKey: hostKey.publicKey,
    count,
    async close() {
      for (const child of children) endGroup(child);
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => listener.close(() => resolve()));
    },
  };
};
