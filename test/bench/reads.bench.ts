/**
 * P5: what an owner of 10,000 members reads, over HTTP, against a bare route that has the same answer in memory; and whether
 * it stays as fast when a thousand times as many credentials are stored. Once as people meet it, page after page, and once
 * with a commit before each read, after which nothing remembered counts. `npm run bench -- reads --rows 1000000`.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fastify, { type FastifyInstance } from 'fastify';
import { openStore } from '#store/open.ts';
import { type Person, startApi } from '#test/support/api.ts';
import { compare, printTable, type Rival, type Row, repeat, writeResults } from './harness.ts';

const members = 10_000;
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

const get = (port: number, path: string, token: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}` };
    request({ agent, port, host: '127.0.0.1', path, headers }, (answer) => {
      const pieces: Buffer[] = [];
      answer.on('data', (piece: Buffer) => pieces.push(piece));
      answer.on('end', () => {
        const text = Buffer.concat(pieces).toString();
        if (answer.statusCode === 200) resolve(text);
        else reject(new Error(`${path} answered ${answer.statusCode}: ${text}`));
      });
      answer.on('error', reject);
    })
      .on('error', reject)
      .end();
  });

const portOf = async (app: FastifyInstance): Promise<number> => {
  await app.listen({ port: 0, host: '127.0.0.1' });
  const [address] = app.addresses();
  return typeof address === 'object' ? address.port : 0;
};

/** `rows` credentials, 5,000 of them on the identity that is looked at, one for every other member. */
const fill = (file: string, orgId: number, identityId: number, rows: number): void => {
  const database = new DatabaseSync(file);
  const numbers = (count: number) =>
    `with recursive n(i) as (select 1 union all select i + 1 from n where i < ${count})`;
  const key = JSON.stringify({
    type: 'ssh-ed25519',
    bits: 256,
    fingerprint: 'SHA256:x',
    publicKey: 'ssh-ed25519 A',
  });
  const credentials = (identity: string, first: string) =>
    `insert into managed_credentials (organisation_id, identity_id, user_id, linux_user, key, key_version, status, created_at,
      updated_at, user_name_folded, full_name_folded, has_key)
    select ${orgId}, ${identity}, id, user_name, '${key}', 1, 'verified', 1, 1, user_name, 'first ' || user_name, 1 ${first}`;
  database.exec(`begin;
    ${numbers(members - 1)} insert into users (user_name, email, first_name, last_name, created_at, user_name_folded,
      email_folded, first_name_folded, last_name_folded)
    select printf('member%05d', (i * 7919) % 10007), printf('m%d@example.org', i), 'First', printf('member%05d', i), 1,
      printf('member%05d', (i * 7919) % 10007), printf('m%d@example.org', i), 'first', printf('member%05d', i) from n;
    insert into members (organisation_id, user_id, role, created_at, user_name_folded, full_name_folded)
      select ${orgId}, id, 'member', 1, user_name_folded, 'first ' || last_name_folded from users
      where id not in (select user_id from members where organisation_id = ${orgId});
    ${credentials(String(identityId), 'from users where id % 2 = 0')} limit ${Math.min(rows, members / 2)};
    commit;`);
  for (let left = rows - members / 2, identity = 1_000; left > 0; left -= members, identity += 1)
    database.exec(`${credentials(String(identity), 'from users')} limit ${Math.min(left, members)}`);
  database.exec('analyze');
  database.close();
};

interface World {
  paths: Record<string, string>;
  owner: Person;
  port: number;
  /** A change of something else. */
  commit(): Promise<void>;
  close(): Promise<void>;
}

const world = async (dir: string, rows: number): Promise<World> => {
  const file = join(dir, `${rows}.db`);
  const store = await openStore({ url: `sqlite:${file}` });
  // Requests are counted, as in real life, and none refused.
  const api = await startApi(store, { requestsPerMinute: 1_000_000_000 });
  const owner = await api.organisation('acme', 'olivia');
  const body = (name: string) => ({
    name,
    platform: 'slurm-platform',
    config: { hostName: 'login.example.org' },
  });
  let identityId = 0;
  for (let count = 0; count < 30; count += 1) {
    const made = await api.call('POST', '/api/identities', { as: owner, body: body(`hpc${count}`) });
    identityId ||= made.json<{ id: number }>().id;
  }
  fill(file, owner.orgId, identityId, rows);
  const credentials = `/api/identities/${identityId}/credentials?orgId=${owner.orgId}`;
  return {
    owner,
    port: await portOf(api.app),
    paths: {
      identities: `/api/identities?orgId=${owner.orgId}&max=20`,
      'identity search': `/api/identities?orgId=${owner.orgId}&search=hpc2`,
      credentials: `${credentials}&max=20`,
      'credential search': `${credentials}&search=ber042&max=20`,
      'missing ones': `${credentials}&search=is%3Amissing&max=20`,
    },
    commit: () => store.settings.set('bench', String(Math.random())),
    close: async () => {
      await api.app.close();
      await store.close();
    },
  };
};

/** @throws Error when an answer is not 200 */
export const run = async (words: readonly string[]): Promise<void> => {
  const named = words.indexOf('--rows');
  const many = named < 0 ? 100_000 : Number(words[named + 1]);
  const dir = await mkdtemp(join(tmpdir(), 'reads-'));
  const worlds = [
    { rows: 1_000, ...(await world(dir, 1_000)) },
    { rows: many, ...(await world(dir, many)) },
  ];
  const bare = fastify();
  const results: Record<string, Row[]> = {};
  try {
    const known = new Map<string, unknown>();
    bare.get<{ Params: { name: string } }>('/bare/:name', ({ params: { name } }) => known.get(name));
    const barePort = await portOf(bare);
    for (const name of Object.keys(worlds[0]?.paths ?? {})) {
      const ask = ({ port, paths, owner }: World) => get(port, paths[name] ?? '', owner.token);
      known.set(name, JSON.parse(await ask(worlds[1] as World)));
      const rivals: Rival[] = [
        {
          name: 'bare route, from memory',
          run: (count) => repeat(count, () => get(barePort, `/bare/${encodeURIComponent(name)}`, '')),
        },
        ...worlds.map((each) => ({
          name: `${each.rows} credentials`,
          run: (count: number) => repeat(count, () => ask(each)),
        })),
        ...worlds.map((each) => ({
          name: `${each.rows}, each after a commit`,
          run: async (count: number) => {
            const times: number[] = [];
            for (let at = 0; at < count; at += 1) {
              await each.commit();
              times.push(...(await repeat(1, () => ask(each))));
            }
            return times;
          },
        })),
      ];
      results[name] = await compare(rivals, 5, 200);
      printTable(`P5 ${name}, an organisation of ${members} members`, results[name]);
    }
    await writeResults('reads', results);
  } finally {
    agent.destroy();
    await bare.close();
    for (const each of worlds) await each.close();
    await rm(dir, { recursive: true });
  }
};
