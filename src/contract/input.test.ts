/** What clients send in many forms and mean in one. */
import { describe, expect, test } from 'vitest';
import { createComputeEnv } from './compute-envs.ts';
import { createCredentials, updateCredentials } from './credentials.ts';
import { decideIdentityHostKeys } from './host-keys.ts';
import { createIdentity, updateIdentity } from './identities.ts';
import { createManagedCredentials } from './managed-credentials.ts';
import { withoutBlanks } from './normalise.ts';
import { parse } from './problems.ts';
import { launchWorkflow } from './runs.ts';

const key = '-----BEGIN OPENSSH PRIVATE KEY-----\r\nabc \r\n-----END OPENSSH PRIVATE KEY-----';
const blob = 'A'.repeat(68);

describe('blanks', () => {
  test('go from objects, not from lists; clearable ones become null', () => {
    expect(withoutBlanks({ a: null, b: '', c: { d: null, e: 0, f: false }, g: [null, ''] })).toEqual({
      c: { e: 0, f: false },
      g: [null, ''],
    });
    expect(withoutBlanks({ a: { account: '', x: '' } }, { clearable: ['account'] })).toEqual({
      a: { account: null },
    });
    expect(withoutBlanks({ a: { text: '', x: '', y: null } }, { verbatim: ['text', 'y'] })).toEqual({
      a: { text: '' },
    });
  });

  test('nesting has an end', () => {
    const deep = JSON.parse(`${'{"a":'.repeat(40)}1${'}'.repeat(40)}`) as unknown;
    expect(() => withoutBlanks(deep)).toThrow('nested too deep');
  });

  test('so has the number of values, which nobody else has to wait for', () => {
    const wide = { a: Array.from({ length: 1_000 }, () => Array.from({ length: 1_000 }, () => [])) };
    expect(() => withoutBlanks(wide)).toThrow('more than 50000 values');
    expect(withoutBlanks({ a: Array(40_000).fill('x') })).toMatchObject({ a: { length: 40_000 } });
  });
});

test('a schema lies within its repository', () => {
  const launch = (schemaName: string) =>
    parse(launchWorkflow.body, { launch: { pipeline: 'p', schemaName } }).schemaName;
  for (const good of ['schema.json', 'a dir/..b/s..json', './s.json']) expect(launch(good)).toBe(good);
  for (const bad of ['/etc/passwd', '../x', 'a/../../x', 'a/..', '..', '~/x', 'a\nb', 'a\u001b'])
    expect(() => launch(bad), bad).toThrow(/schemaName: must be a path within the repository/);
});

describe('identities', () => {
  const create = (body: unknown) => parse(createIdentity.body, body);

  test('flat, wrapped, with configuration and with host keys are one', () => {
    const config = { discriminator: 'slurm-platform', hostName: 'h', port: 2222 };
    const meant = { name: 'hpc', platform: 'slurm-platform', config };
    expect(create(meant)).toEqual(meant);
    expect(
      create({ managedIdentity: { ...meant, config: undefined, hostName: 'h', port: '2222', orgId: 0 } }),
    ).toEqual(meant);
    expect(
      create({
        name: 'hpc',
        config: { ...config, hostKeys: [`login.example.org ssh-ed25519 ${blob} me@here`] },
      }),
    ).toEqual({
      ...meant,
      hostKeys: [`ssh-ed25519 ${blob}`],
    });
    expect(create({ ...meant, id: 7, requireChecked: 'true', allowedSystemUsers: ['svc'] })).toEqual({
      ...meant,
      id: 7,
      requireChecked: true,
      allowedSystemUsers: ['svc'],
    });
  });

  test('fields of one scheduler stay with it', () => {
    const config = { perJobMemLimit: true, unitForLimits: 'GB' };
    expect(create({ name: 'a', platform: 'lsf-platform', config }).config).toMatchObject(config);
    expect(create({ name: 'a', platform: 'slurm-platform', config }).config).toEqual({
      discriminator: 'slurm-platform',
    });
  });

  test('a change without configuration touches host and port alone', () => {
    const update = (body: unknown) => parse(updateIdentity.body, body);
    expect(
      update({
        managedIdentity: { id: 3, name: 'n', platform: 'slurm-platform', hostName: 'h', port: 22, orgId: 1 },
      }),
    ).toEqual({
      name: 'n',
      platform: 'slurm-platform',
      hostName: 'h',
      port: 22,
    });
    expect(update({ name: 'n', config: { discriminator: 'slurm-platform' } })).toEqual({
      name: 'n',
      platform: 'slurm-platform',
      config: { discriminator: 'slurm-platform' },
    });
  });

  test('variables say where they go; nowhere said means the head job', () => {
    const environment = [
      { name: 'A', value: '' },
      { name: 'B', value: 'x', compute: true },
      { name: 'C', value: 'y', head: false, compute: null },
    ];
    expect(
      create({ name: 'a', platform: 'slurm-platform', config: { environment } }).config.environment,
    ).toEqual([
      { name: 'A', value: '', head: true, compute: false },
      { name: 'B', value: 'x', head: false, compute: true },
      { name: 'C', value: 'y', head: false, compute: false },
    ]);
  });

  test.each([
    [{ hostName: '-oProxyCommand=x' }, 'config.hostName'],
    [{ hostName: 'a b' }, 'config.hostName'],
    [{ headQueue: 'a b' }, 'config.headQueue'],
    [{ headJobOptions: 'a\nb' }, 'config.headJobOptions'],
    [{ workDir: '/a\nb' }, 'config.workDir'],
    [{ hostKeys: ['nonsense'] }, 'config.hostKeys.0'],
    [{ environment: [{ name: 'A=B' }] }, 'config.environment.0.name'],
  ])('%j is refused by name', (config, field) => {
    expect(() => create({ name: 'a', platform: 'slurm-platform', config })).toThrow(`${field}: `);
  });
});

describe('keys', () => {
  test("of members: keys stay as they are, settings may be taken away, the query's member goes elsewhere", () => {
    const save = (body: unknown) => parse(createManagedCredentials.body, body, createManagedCredentials);
    const body = { provider: 'ssh', credentials: { keys: { privateKey: key, passphrase: null } } };
    expect(
      save({ ...body, metadata: { userName: 'alice', account: '', headJobOptions: '--qos=x' } }),
    ).toEqual({
      key: { privateKey: key },
      linuxUser: 'alice',
      account: null,
      headJobOptions: '--qos=x',
      adopt: false,
    });
    expect(
      save({
        managedCredentials: { managedCredentialsId: 5, userId: 5, provider: 'ssh', userName: 'other' },
      }),
    ).toEqual({
      userId: 5,
      adopt: true,
    });
    expect(() => save({ provider: 'azure' })).toThrow('provider: ');
    expect(() => save({ credentials: { keys: { privateKey: 'x'.repeat(70_000) } } })).toThrow(
      'credentials.keys.privateKey: is too long',
    );
  });

  test('of workspaces', () => {
    const sent = { name: 'k', provider: 'ssh', keys: { keyType: 'ssh', privateKey: key, passphrase: 'p' } };
    expect(parse(createCredentials.body, { credentials: sent })).toEqual({
      name: 'k',
      key: { privateKey: key, passphrase: 'p' },
    });
    expect(parse(updateCredentials.body, { credentials: { ...sent, id: 'x', keys: null } })).toEqual({
      name: 'k',
    });
    expect(() => parse(createCredentials.body, { credentials: { ...sent, keys: {} } })).toThrow(
      'credentials.keys.privateKey: is missing',
    );
    expect(() => parse(createCredentials.body, { credentials: { ...sent, provider: 'aws' } })).toThrow(
      'keeps SSH keys alone',
    );
  });

  test('no refusal repeats what was sent', () => {
    const secret = 'sensitive-text';
    const body = {
      credentials: {
        name: secret.repeat(20),
        provider: secret,
        keys: { privateKey: [secret], keyType: secret },
      },
    };
    expect(() => parse(createCredentials.body, body)).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining(secret) }) as Error,
    );
  });
});

describe('environments and launches', () => {
  test('the discriminator comes from the platform; ids may be numbers', () => {
    const body = {
      computeEnv: {
        name: 'e',
        platform: 'slurm-platform',
        credentialsId: 10,
        managedIdentityId: '12',
        config: { workDir: '/w', headQueue: null },
      },
    };
    expect(parse(createComputeEnv.body, body)).toEqual({
      name: 'e',
      platform: 'slurm-platform',
      credentialsId: '10',
      managedIdentityId: 12,
      config: { discriminator: 'slurm-platform', workDir: '/w' },
    });
  });

  test('a relaunch may carry everything that a client has read', () => {
    const launch = {
      id: 'x',
      computeEnvId: 'c',
      pipeline: 'a/b',
      resume: true,
      sessionId: null,
      dateCreated: '2026-01-01',
      labelIds: [],
      userSecrets: [],
      paramsText: 'a: 1',
    };
    expect(parse(launchWorkflow.body, { launch })).toEqual({
      id: 'x',
      computeEnvId: 'c',
      labelIds: [],
      pipeline: 'a/b',
      resume: true,
      userSecrets: [],
      paramsText: 'a: 1',
    });
  });

  test('a decision about host keys says something', () => {
    expect(() => parse(decideIdentityHostKeys.body, {})).toThrow('give "confirm"');
    expect(parse(decideIdentityHostKeys.body, { confirm: ['SHA256:x'] })).toEqual({ confirm: ['SHA256:x'] });
  });
});
