/**
 * One PostgreSQL for all files of a run, started when the first of them asks for it, with a migrated database that the
 * others are copies of: making and migrating each anew took 16 % of the processor time of all tests.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { openStore } from '#store/open.ts';
import { type Postgres, startPostgres } from './postgres.ts';

/** What a file is told: the address of a database that it may copy, or why there is none. */
export type SharedPostgres = { template: string } | { problem: string };

declare module 'vitest' {
  interface ProvidedContext {
    /** A socket that tells each who connects a `SharedPostgres`. */
    postgres: string;
  }
}

interface Started {
  postgres: Postgres;
  template: string;
}

const start = async (): Promise<Started> => {
  const postgres = await startPostgres();
  const template = await postgres.createDatabase();
  const store = await openStore({ url: template });
  await store.close();
  return { postgres, template };
};

export const setup = async (project: TestProject): Promise<() => Promise<void>> => {
  const dir = await mkdtemp(join(tmpdir(), 'shared-'));
  const path = join(dir, 'postgres');
  let started: Promise<Started> | undefined;
  const tell = async (): Promise<SharedPostgres> => {
    try {
      const { template } = await (started ??= start());
      return { template };
    } catch (error) {
      return { problem: String(error) };
    }
  };
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    void tell().then((told) => socket.end(JSON.stringify(told)));
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  project.provide('postgres', path);
  return async () => {
    server.close();
    await started?.then(({ postgres }) => postgres.stop()).catch(() => undefined);
    await rm(dir, { recursive: true, force: true });
  };
};
