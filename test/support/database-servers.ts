/** Where tests get new databases from: a directory of files, and the PostgreSQL that all files of a run share. */
import { randomBytes } from 'node:crypto';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import pg from 'pg';
import { inject } from 'vitest';
import { openStore } from '#store/open.ts';
import type { SharedPostgres } from './shared-postgres.ts';

export interface DatabaseServer {
  /** Migrated, without rows. */
  url(): Promise<string>;
  /** Without tables. */
  bare(): Promise<string>;
  stop(): Promise<void>;
}

const sqlite = async (): Promise<DatabaseServer> => {
  const dir = await mkdtemp(join(tmpdir(), 'store-'));
  let made = 0;
  const next = () => join(dir, `${(made += 1)}.db`);
  const migrated = next();
  const store = await openStore({ url: `sqlite:${migrated}` });
  await store.close();
  return {
    url: async () => {
      const path = next();
      await copyFile(migrated, path);
      return `sqlite:${path}`;
    },
    bare: async () => `sqlite:${next()}`,
    stop: () => rm(dir, { recursive: true }),
  };
};

const sharedPostgres = async (): Promise<string> => {
  const told = JSON.parse(await text(connect(inject('postgres')))) as SharedPostgres;
  if ('problem' in told) throw new Error(told.problem);
  return told.template;
};

const postgres = async (): Promise<DatabaseServer> => {
  const template = new URL(await sharedPostgres());
  const at = (name: string) => Object.assign(new URL(template), { pathname: `/${name}` }).href;
  const admin = new pg.Client({ connectionString: at('postgres') });
  await admin.connect();
  const made: string[] = [];
  const copyOf = async (from: string): Promise<string> => {
    const name = `lk${randomBytes(6).toString('hex')}`;
    await admin.query(`create database ${name} template ${from}`);
    made.push(name);
    return at(name);
  };
  return {
    url: () => copyOf(template.pathname.slice(1)),
    bare: () => copyOf('template0'),
    stop: async () => {
      for (const name of made) await admin.query(`drop database ${name} with (force)`);
      await admin.end();
    },
  };
};

export const servers = { SQLite: sqlite, PostgreSQL: postgres };
