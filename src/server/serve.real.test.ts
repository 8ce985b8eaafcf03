/** Start and end of the real server process: root key, first owner's link, settings, health, metrics. */
import { spawnSync } from 'node:child_process';
import { chmod, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { prepareServer, type TestServer } from '#test/support/server.ts';
import { freePort } from '#test/support/sshd.ts';

let server: TestServer;
beforeEach(async () => {
  server = await prepareServer();
});
afterEach(() => server.remove());

const main = new URL('./main.ts', import.meta.url).pathname;

/** Starts it where it must refuse. */
const refused = (environment: NodeJS.ProcessEnv) => {
  const { status, stderr } = spawnSync(process.execPath, [main], {
    env: environment,
    encoding: 'utf8',
    timeout: 30_000,
  });
  return { status, stderr };
};

/** Printed once it listens, and so a moment after it is ready. */
const setupLink = async (): Promise<string> => {
  const link = () => /http:\/\/\S+\/setup\/\S+(?=\s)/.exec(server.output())?.[0];
  await expect.poll(link, { timeout: 10_000 }).toBeDefined();
  return link() ?? '';
};

describe('start', () => {
  test('the first start makes a root key (0600), says so aloud, and prints a link for the first owner', async () => {
    await server.start();
    expect((await stat(join(server.dataDir, 'root.key'))).mode & 0o777).toBe(0o600);
    expect((await stat(join(server.dataDir, 'latchkey.db'))).mode & 0o777).toBe(0o600);
    expect(server.output()).toContain('keep a copy elsewhere, without it nothing can be opened');
    expect((await fetch(await setupLink())).status).toBe(200);
    expect(server.output()).toContain(`Latchkey is at ${server.url}`);
    expect(await server.stop()).toBe(0);
    const before = server.output().length;
    await server.start();
    expect(server.output().slice(before)).not.toContain('new root key');
  });

  test('the link makes the first owner once, in a browser’s way, and the password signs in', async () => {
    await server.start();
    const link = await setupLink();
    const form = new URLSearchParams({
      organisation: 'biolab',
      userName: 'olga',
      email: 'olga@example.org',
      password: 'correct horse battery',
      workspace: 'main',
    });
    const send = () =>
      fetch(link, { method: 'POST', body: form, redirect: 'manual', headers: { Origin: server.url } });
    expect((await send()).status).toBeLessThan(400);
    expect((await send()).status).toBe(404);
    const signIn = await fetch(`${server.url}/api/auth/sign-in`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Origin: server.url },
      body: JSON.stringify({ userNameOrEmail: 'olga', password: 'correct horse battery' }),
    });
    expect(signIn.status).toBeLessThan(300);
    expect(signIn.headers.getSetCookie().join()).toMatch(/HttpOnly/i);
  });

  test('promise 7: another root key, a missing one, a readable one: refuses to start and writes nothing', async () => {
    await server.start();
    await server.stop();
    const file = join(server.dataDir, 'root.key');
    const database = () => readFile(join(server.dataDir, 'latchkey.db'));
    const before = await database();

    await rename(file, `${file}.copy`);
    expect(refused(server.environment)).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('is not at'),
    });
    await expect(stat(file)).rejects.toThrow('ENOENT');

    const other = await prepareServer();
    await other.start();
    await other.stop();
    await writeFile(file, await readFile(join(other.dataDir, 'root.key')), { mode: 0o600 });
    await other.remove();
    expect(refused(server.environment)).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('is not the root key that this database was made with'),
    });

    await rename(`${file}.copy`, file);
    await chmod(file, 0o644);
    expect(refused(server.environment)).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('chmod 600'),
    });
    expect((await database()).equals(before)).toBe(true);
  });

  test('a bad setting and a taken port: one sentence, exit status 2', async () => {
    expect(refused({ ...server.environment, LATCHKEY_HOST_KEYS: 'maybe' })).toEqual({
      status: 2,
      stderr: expect.stringMatching(/^LATCHKEY_HOST_KEYS="maybe" is not right: .*\n$/),
    });
    await server.start();
    const taken = refused({ ...server.environment, LATCHKEY_DATA: `${server.dataDir}/other` });
    expect(taken.status).toBe(2);
    expect(taken.stderr).toContain('LATCHKEY_LISTEN');
  });

  test('health for everybody; metrics on their own listener alone', async () => {
    const port = await freePort();
    const measured = await prepareServer({ environment: { LATCHKEY_METRICS_LISTEN: `127.0.0.1:${port}` } });
    await measured.start();
    expect(await (await fetch(`${measured.url}/health/live`)).json()).toMatchObject({ status: 'ok' });
    expect(await (await fetch(`${measured.url}/health/ready`)).json()).toMatchObject({ status: 'ok' });
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    expect(text).toContain('latchkey_channels_open 0');
    expect((await fetch(`${measured.url}/metrics`)).status).toBe(404);
    await measured.remove();
  });
});

describe('command line', () => {
  const words = ['--org', 'biolab', '--user', 'olga', '--email', 'olga@example.org'];

  test('init before the first start and beside a running server, twice: no harm, a token that works', async () => {
    const file = join(server.dataDir, 'olga.token');
    // What lay there before could be read by others.
    await writeFile(file, 'old', { mode: 0o644 });
    await server.latchkey('init', ...words, '--workspace', 'main', '--token-file', file);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await server.start();
    expect(await server.latchkey('init', ...words, '--workspace', 'main', '--token-file', file)).toContain(
      'as before',
    );
    const api = server.as((await readFile(file, 'utf8')).trim());
    const { body } = await api.get<{ user: { userName: string; email: string } }>('/user-info');
    expect(body.user).toMatchObject({ userName: 'olga', email: 'olga@example.org' });
    expect(server.output()).not.toContain('/setup/');
  });

  test('user add adds with roles, invites somebody known, and refuses an unknown workspace', async () => {
    await server.latchkey('init', ...words, '--workspace', 'main');
    const add = (...more: string[]) =>
      server.latchkey(
        'user',
        'add',
        '--user',
        'alice',
        '--email',
        'alice@example.org',
        '--org',
        'biolab',
        ...more,
      );
    expect(await add('--workspace', 'main', '--workspace-role', 'launch')).toContain(
      'alice belongs to biolab/main.',
    );
    expect(await add('--workspace', 'main', '--workspace-role', 'launch')).toContain('as before');
    for (const more of [
      ['--role', 'owner'],
      ['--workspace', 'main', '--workspace-role', 'admin'],
    ]) {
      expect(await add(...more)).not.toContain('as before');
      expect(await add(...more)).toContain('as before');
    }
    await expect(add('--workspace', 'nowhere')).rejects.toThrow(/Unknown workspace: biolab\/nowhere/);
    await expect(add('--workspace-role', 'emperor')).rejects.toThrow(/Allowed choices/);
  });

  test('user reset-link: whoever has forgotten the password sets a new one, beside a running server', async () => {
    await server.latchkey('init', ...words);
    await server.start();
    const printed = await server.latchkey('user', 'reset-link', '--user', 'OLGA@example.org');
    const [link = ''] = /http:\/\/\S+\/password\/\S+/.exec(printed) ?? [];
    expect(await (await fetch(link)).text()).toContain('A new password for olga');
    const body = new URLSearchParams({ password: 'staple correct horse' });
    const send = () => fetch(link, { method: 'POST', body, headers: { Origin: server.url } });
    expect([(await send()).status, (await send()).status]).toEqual([200, 404]);
    const signIn = await fetch(`${server.url}/api/auth/sign-in`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ userNameOrEmail: 'olga', password: 'staple correct horse' }),
    });
    expect(signIn.status).toBe(200);
    expect(server.output()).not.toContain(new URL(link).pathname);
    expect(await server.latchkey('user', 'rename', '--user', 'olga', '--email', 'o@example.org')).toContain(
      'olga is now olga, o@example.org.',
    );
    await expect(server.latchkey('user', 'reset-link', '--user', 'nobody')).rejects.toThrow(
      /Unknown user: nobody/,
    );
  });

  test('doctor is content with a healthy house and names the cure for a broken one', async () => {
    await server.latchkey('init', ...words);
    expect(await server.latchkey('doctor')).not.toContain('WRONG');
    await chmod(join(server.dataDir, 'root.key'), 0o640);
    await expect(server.latchkey('doctor')).rejects.toMatchObject({
      code: 1,
      stdout: expect.stringContaining('chmod 600'),
    });
  });

  test('config shows where each setting comes from', async () => {
    const text = await server.latchkey('config');
    expect(text).toMatch(/LATCHKEY_LISTEN\s+127\.0\.0\.1:\d+\s+\[environment\]/);
    expect(text).toMatch(/LATCHKEY_HOST_KEYS\s+confirm\s+\[default\]/);
  });

  test('a bad setting ends any command with exit status 2, `serve` among them', async () => {
    server.environment['LATCHKEY_HOST_KEYS'] = 'maybe';
    for (const command of [['config'], ['doctor'], ['serve'], ['init', ...words]])
      await expect(server.latchkey(...command)).rejects.toMatchObject({
        code: 2,
        stderr: expect.stringContaining('LATCHKEY_HOST_KEYS="maybe" is not right: '),
      });
  });
});
