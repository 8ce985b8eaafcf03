/** One server for a test file: started before its first test, removed after its last. */
import { afterAll, beforeAll } from 'vitest';
import { type ReadyServer, type ServerOptions, startServer } from './server.ts';

/** Filled in once the server is up: use it inside tests and later hooks only. */
export const useServer = (options: ServerOptions = {}): ReadyServer => {
  const server = {} as ReadyServer;
  beforeAll(async () => {
    Object.assign(server, await startServer(options));
  });
  afterAll(() => server.remove());
  return server;
};
