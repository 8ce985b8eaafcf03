/** The in-process agent of one channel: a private socket, open only while its `ssh` logs in. */
import { chmod } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { type AgentIdentity, createConversation } from './agent-protocol.ts';
import { uint32 } from './wire.ts';

const maxMessage = 256 * 1024;
const idleMs = 60_000;
/** ssh asks on one connection; with hops, one for each. */
const maxConnections = 8;

export interface Agent {
  close(): void;
}

export interface AgentOptions extends AgentIdentity {
  /** Path of the socket, in a directory that only we may enter. */
  path: string;
  onSigned?: () => void;
  /** ssh turns to this agent: the host's key is one that it trusts, and a login begins. */
  onAsked?: () => void;
  /** A signature could not be made (a sealed key that does not open): the reason belongs to us, ssh hears a plain no. */
  onSignError?: (error: unknown) => void;
}

const serve = (socket: Socket, answer: (message: Uint8Array) => Promise<Buffer>): void => {
  let pending = Buffer.alloc(0);
  let busy = false;
  const next = async (): Promise<void> => {
    if (busy) return;
    busy = true;
    while (pending.length >= 4) {
      const length = pending.readUInt32BE();
      if (length === 0 || length > maxMessage) {
        socket.destroy();
        return;
      }
      if (pending.length < 4 + length) break;
      const message = pending.subarray(4, 4 + length);
      pending = pending.subarray(4 + length);
      const reply = await answer(message);
      if (socket.destroyed) return;
      socket.write(Buffer.concat([uint32(reply.length), reply]));
    }
    busy = false;
    socket.resume();
  };
  socket.setTimeout(idleMs, () => socket.destroy());
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    pending = Buffer.concat([pending, chunk]);
    // A signature may take a while: nobody fills our memory meanwhile.
    if (pending.length > maxMessage) socket.pause();
    void next();
  });
};

/** Starts listening. @throws Error when the socket cannot be made */
export const startAgent = async (options: AgentOptions): Promise<Agent> => {
  const { path, onSigned, onSignError, signer } = options;
  const watched = {
    publicBlob: signer.publicBlob,
    sign: async (data: Uint8Array, flags: number) => {
      try {
        return await signer.sign(data, flags);
      } catch (error) {
        onSignError?.(error);
        throw error;
      }
    },
  };
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    options.onAsked?.();
    socket.once('close', () => sockets.delete(socket));
    serve(socket, createConversation({ ...options, signer: watched }, onSigned));
  });
  server.maxConnections = maxConnections;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  await chmod(path, 0o600);
  return {
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
};
