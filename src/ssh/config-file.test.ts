import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { createTestSigner } from '#test/support/test-signer.ts';
import { configText, configWord, type Hop, knownHostsText, writeChannelFiles } from './config-file.ts';

const scratch = mkdtempSync(join(tmpdir(), 'latchkey-config-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const signer = createTestSigner();
const target: Hop = {
  alias: 'target',
  address: '192.0.2.10',
  port: 2222,
  userName: 'alice',
  hostName: 'login.example.org',
  pins: [signer.publicKey],
  publicBlob: signer.publicBlob,
};
const common = { connectTimeoutMs: 9_500, aliveIntervalSeconds: 15 };

/** What ssh itself makes of a configuration. */
const understood = (text: string, host: string): Map<string, string> => {
  const path = join(scratch, 'config');
  writeFileSync(path, text);
  const lines = execFileSync('ssh', ['-G', '-F', path, host], { encoding: 'utf8' }).trim().split('\n');
  return new Map(lines.map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]));
};

describe('configuration', () => {
  test('ssh understands every line as it is meant', () => {
    const seen = understood(configText({ dir: '/run/some dir', hops: [target], ...common }), 'target');
    expect(Object.fromEntries(seen)).toMatchObject({
      hostname: '192.0.2.10',
      port: '2222',
      user: 'alice',
      hostkeyalias: 'target',
      identityagent: '/run/some dir/agent-target',
      identityfile: '/run/some dir/target.pub',
      userknownhostsfile: '/run/some dir/target.known_hosts',
      globalknownhostsfile: '/dev/null',
      identitiesonly: 'yes',
      stricthostkeychecking: 'true',
      updatehostkeys: 'false',
      batchmode: 'yes',
      forwardagent: 'no',
      forwardx11: 'no',
      passwordauthentication: 'no',
      kbdinteractiveauthentication: 'no',
      gssapiauthentication: 'no',
      controlmaster: 'false',
      permitlocalcommand: 'no',
      canonicalizehostname: 'false',
      preferredauthentications: 'publickey',
      hostbasedauthentication: 'no',
      numberofpasswordprompts: '0',
      verifyhostkeydns: 'false',
      nohostauthenticationforlocalhost: 'no',
      gatewayports: 'no',
      tunnel: 'false',
      requesttty: 'false',
      escapechar: 'none',
      loglevel: 'ERROR',
      connecttimeout: '10',
      connectionattempts: '1',
      serveraliveinterval: '15',
      serveralivecountmax: '3',
    });
    expect(seen.has('proxyjump')).toBe(false);
  });

  test('a second hop has its own user, port and pins', () => {
    const jump: Hop = { ...target, alias: 'jump1', address: '192.0.2.1', port: 22, userName: 'gate' };
    const text = configText({ dir: '/run/x', hops: [{ ...target, through: 'jump1' }, jump], ...common });
    expect(understood(text, 'target').get('proxyjump')).toBe('jump1');
    expect(understood(text, 'jump1').get('user')).toBe('gate');
    expect(knownHostsText([target, jump]).split('\n')).toEqual([
      `target ${signer.publicKey}`,
      `jump1 ${signer.publicKey}`,
      '',
    ]);
  });

  test.each([
    '',
    '-oProxyCommand=x',
    'a"b',
    "a'b",
    'a%u',
    'a\\b',
    'a$b',
    'a`b',
    'a\nUser root',
    'a\0b',
    'a\u2028b',
  ])('%j cannot stand in it', (value) =>
    expect(() => configWord('userName', value)).toThrow('cannot be used here'),
  );

  test.each([
    'ssh-ed25519',
    'ssh-ed25519 AAAA comment',
    'ssh-ed25519 AAAA\n* x',
    '@cert-authority * ssh-ed25519 AAAA',
    '@anything ssh-ed25519 AAAA',
  ])('%j is no pin', (pin) =>
    expect(() => knownHostsText([{ ...target, pins: [pin] }])).toThrow('type base64'),
  );

  test('an authority stands under the name that its certificates are made out to', () => {
    const pins = ['@cert-authority ssh-ed25519 AAAA', '@revoked ssh-ed25519 BBBB', 'ssh-ed25519 CCCC'];
    expect(knownHostsText([{ ...target, pins }])).toBe(
      '@cert-authority login.example.org ssh-ed25519 AAAA\n@revoked login.example.org ssh-ed25519 BBBB\nlogin.example.org ssh-ed25519 CCCC\n',
    );
    const seen = understood(configText({ dir: '/run', hops: [{ ...target, pins }], ...common }), 'target');
    expect(seen.get('hostkeyalias')).toBe('login.example.org');
  });

  test('files are for us alone, and gone afterwards', async () => {
    const files = await writeChannelFiles({
      runtimeDir: scratch,
      hops: [target],
      ...common,
    });
    expect(statSync(files.dir).mode & 0o777).toBe(0o700);
    expect(readdirSync(files.dir).map((name) => statSync(join(files.dir, name)).mode & 0o777)).toEqual([
      0o600, 0o600, 0o600,
    ]);
    await files.remove();
    expect(() => statSync(files.dir)).toThrow();
  });

  test('nothing stays behind when a value is refused', async () => {
    const bad = {
      runtimeDir: scratch,
      hops: [{ ...target, userName: 'a"b' }],
      ...common,
    };
    await expect(writeChannelFiles(bad)).rejects.toMatchObject({ code: 'bad_request' });
    expect(readdirSync(scratch).filter((name) => name.startsWith('ch-'))).toEqual([]);
  });
});
