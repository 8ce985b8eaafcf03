/** Promise 1: a canary key and passphrase, saved through every way in, appear nowhere but sealed. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, inject, test } from 'vitest';
import { attachCluster } from '../support/cluster.ts';
import { filesBelow, filesHolding, processTexts } from '../support/leaks.ts';
import {
  freshName,
  giveTrivialNextflow,
  headJobOf,
  launch,
  makeEnvironment,
  registerCluster,
  waitForRun,
} from '../support/road.ts';
import { useServer } from '../support/use-server.ts';

const execute = promisify(execFile);
const cluster = attachCluster(inject('cluster'));
const server = useServer({ environment: { LATCHKEY_LOG_LEVEL: 'trace' } });

const passphrase = `canary-passphrase-${process.pid}-Zq7`;

/** Every form in which a key could leak: its text lines, its raw seed, in base64 and hex. */
const needlesOf = async (pemFile: string): Promise<Buffer[]> => {
  const text = await readFile(pemFile, 'utf8');
  const plain = (await execute('cp', [pemFile, `${pemFile}.plain`])) && `${pemFile}.plain`;
  await execute('ssh-keygen', ['-q', '-p', '-P', passphrase, '-N', '', '-f', plain]);
  const body = Buffer.from((await readFile(plain, 'utf8')).replace(/-----[^-]+-----|\s/g, ''), 'base64');
  // An Ed25519 key in OpenSSH's form ends with seed and public key (64 bytes), then comment and padding.
  const marker = Buffer.from([0, 0, 0, 64]);
  const at = body.lastIndexOf(marker) + marker.length;
  const seed = body.subarray(at, at + 32);
  expect(seed).toHaveLength(32);
  return [
    Buffer.from(passphrase),
    Buffer.from(passphrase).toString('base64').replace(/=+$/, ''),
    seed,
    seed.toString('hex'),
    seed.toString('base64').slice(0, 40),
    ...text.split('\n').filter((line) => line.length > 40),
    ...(await readFile(plain, 'utf8'))
      .split('\n')
      .slice(2, -2)
      .filter((line) => line.length > 40),
  ].map((needle) => Buffer.from(needle));
};

describe('canary', () => {
  test('promise 1: neither key nor passphrase appears anywhere', { timeout: 180_000 }, async () => {
    const account = await cluster.addUser('canary');
    await giveTrivialNextflow(account, 4);
    const keyFile = join(server.dataDir, '..', `canary-key-${process.pid}`);
    await execute('ssh-keygen', ['-q', '-t', 'ed25519', '-N', passphrase, '-C', '', '-f', keyFile]);
    const privateKey = await readFile(keyFile, 'utf8');
    await account.authorize([await readFile(`${keyFile}.pub`, 'utf8')]);
    const needles = await needlesOf(keyFile);

    const answers: string[] = [];
    const say = async (method: string, path: string, body?: unknown) => {
      const answer = await server.owner.call(method, path, body);
      answers.push(JSON.stringify(answer.body), JSON.stringify([...answer.headers]));
      return answer;
    };

    const identity = await registerCluster(server, cluster);
    const member = await server.addMember(freshName('canary'));
    const keys = { privateKey, passphrase };
    const at = `workspaceId=${server.workspaceId}`;
    const body = {
      provider: 'ssh',
      credentials: { provider: 'ssh', keys },
      metadata: { userName: account.name },
    };
    // Every way in: for another member, by the member, as a workspace credential; good and refused.
    expect(
      (await say('POST', `/identities/${identity}/credentials?userId=${member.userId}`, body)).status,
    ).toBe(200);
    await say('PUT', `/identities/${identity}/credentials/${member.userId}`, body);
    await say('POST', `/identities/${identity}/credentials?userId=${member.userId}`, {
      ...body,
      credentials: { provider: 'ssh', keys: { privateKey, passphrase: `${passphrase}x` } },
    });
    await say('POST', `/identities/${identity}/credentials?userId=${member.userId}`, {
      ...body,
      credentials: { provider: 'ssh', keys: { privateKey: privateKey.slice(0, -80), passphrase } },
    });
    await say('POST', `/credentials?${at}`, {
      credentials: { name: freshName('canary'), provider: 'ssh', keys: { discriminator: 'ssh', ...keys } },
    });
    await say('POST', `/credentials?${at}`, {
      credentials: { name: 'bad name!', provider: 'ssh', keys: { discriminator: 'ssh', ...keys } },
    });
    await say(
      'POST',
      `/credentials?${at}`,
      `{"credentials": {"keys": {"privateKey": ${JSON.stringify(privateKey)}`,
    );
    // As a status reader, which the run below is then followed with.
    expect((await say('PUT', `/identities/${identity}/status-reader`, body)).body).toMatchObject({
      status: 'verified',
    });
    await say('PUT', `/identities/${identity}/status-reader`, {
      ...body,
      credentials: { provider: 'ssh', keys: { privateKey: privateKey.slice(0, -80), passphrase } },
    });
    // Every way out.
    await say('GET', `/identities/${identity}/status-reader`);
    await say('POST', `/identities/${identity}/status-reader/verify`);
    await say('GET', `/identities/${identity}/credentials`);
    await say('GET', `/credentials?${at}`);
    await say('GET', `/identities/${identity}`);
    await say('POST', `/identities/${identity}/credentials/${member.userId}/verify`);
    const environment = await makeEnvironment(server, identity);
    const run = await launch(server, member.api, environment, { pipeline: '/trivial' });
    await headJobOf(server, member.api, run);
    await waitForRun(server, member.api, run, ['RUNNING'], 30_000);

    const appear = (text: Buffer): boolean => needles.some((needle) => text.includes(needle));
    // The processes while a channel is open and the head job runs; ours is the one that knows the canary.
    for (const { name, text } of await processTexts()) expect(appear(text), name).toBe(false);
    await waitForRun(server, member.api, run, ['SUCCEEDED'], 60_000);
    for (const answer of answers) expect(appear(Buffer.from(answer))).toBe(false);
    expect(appear(Buffer.from(server.output()))).toBe(false);
    const here = (await filesBelow(server.dataDir)).concat(
      (await filesBelow(tmpdir())).filter(
        (file) => !file.startsWith(keyFile) && !file.includes('/canary-key-'),
      ),
      await filesBelow(account.home),
      await filesBelow(cluster.facts.workDir),
    );
    expect(await filesHolding(here, needles)).toEqual([]);
    // The search itself can find: the key file holds what it looks for.
    expect(appear(await readFile(keyFile))).toBe(true);
    await execute('rm', ['-f', keyFile, `${keyFile}.pub`, `${keyFile}.plain`]);
    await account.remove();
  });
});
