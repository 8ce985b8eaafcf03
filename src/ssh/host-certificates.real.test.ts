/** Hosts that show certificates: an authority is pinned instead of keys. Against real sshds and ssh-keygen. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { ClusterTarget } from '#core/ports/cluster-access.ts';
import type { Member } from '#test/support/member.ts';
import { asText, openSshTestbed, type SshTestbed } from '#test/support/ssh-testbed.ts';
import { type HostKeyType, type Sshd, startSshd } from '#test/support/sshd.ts';
import { certifiedKey, matches } from './host-certificate.ts';

const hostName = 'login7.example.org';
const scratch = mkdtempSync(join(tmpdir(), 'latchkey-ca-'));
let bed: SshTestbed;
let alice: Member;
const started: Sshd[] = [];

const keygen = (...words: string[]) => execFileSync('ssh-keygen', ['-q', ...words], { stdio: 'pipe' });
const publicKey = (file: string): string =>
  readFileSync(file, 'utf8').trim().split(' ').slice(0, 2).join(' ');
const authority = (name: string, type = 'ed25519') => {
  const file = join(scratch, name);
  keygen('-t', type, '-N', '', '-f', file);
  return { file, key: publicKey(`${file}.pub`) };
};

let ca: ReturnType<typeof authority>;
let other: ReturnType<typeof authority>;

beforeAll(async () => {
  bed = await openSshTestbed();
  alice = await bed.enrol({ label: 'alice' });
  ca = authority('ca');
  other = authority('other');
});
afterEach(() => bed.closeAccesses());
afterAll(async () => {
  await bed.close();
  for (const sshd of started) await sshd.stop();
  rmSync(scratch, { recursive: true });
});

/** An sshd with a fresh host key that an authority has certified. */
const certified = async (words: string[], type: HostKeyType = 'ed25519', by = ca): Promise<Sshd> => {
  const first = await startSshd({ hostKeyTypes: [type] });
  const keys = mkdtempSync(join(scratch, 'keys-'));
  execFileSync('cp', [
    '-a',
    `${first.hostKeyDir}/host_${type}`,
    `${first.hostKeyDir}/host_${type}.pub`,
    keys,
  ]);
  await first.stop();
  keygen('-s', by.file, '-I', 'host', '-h', ...words, join(keys, `host_${type}.pub`));
  const sshd = await startSshd({
    hostKeyTypes: [type],
    hostKeyDir: keys,
    config: [`HostCertificate ${join(keys, `host_${type}-cert.pub`)}`],
  });
  started.push(sshd);
  return sshd;
};

const run = (sshd: Sshd, pins: string[], name = hostName): Promise<string> => {
  const target: ClusterTarget = { ...alice.target, hostName: name, port: sshd.port, pins };
  return bed
    .access({ resolve: async () => ['127.0.0.1'] })
    .run(target, { argv: ['id', '-un'], timeoutMs: 20_000 })
    .then((result) => asText(result.stdout).trim());
};
const trust = (key: string) => `@cert-authority ${key}`;
const day = ['-V', '-1d:+1d'];

describe('host certificates', () => {
  test.each(['ed25519', 'ecdsa', 'rsa'] as const)(
    'a certified %s key is as good as a pinned one',
    async (type) => {
      const sshd = await certified(['-n', `other.example.org,${hostName}`, ...day], type);
      expect(await run(sshd, [trust(ca.key)])).toBe(alice.user.name);
    },
  );

  test.each([
    ['that has expired', ['-n', hostName, '-V', '-2d:-1d'], 'expired'],
    ['that is not valid yet', ['-n', hostName, '-V', '+1d:+2d'], 'not yet valid'],
    ['for another host', ['-n', 'elsewhere.example.org', ...day], 'name is not a listed principal'],
  ])('one %s is refused, and nothing is offered', async (_, words, why) => {
    const sshd = await certified(words);
    const from = (await sshd.log()).length;
    await expect(run(sshd, [trust(ca.key)])).rejects.toMatchObject({
      code: 'host_unreachable',
      message: expect.stringContaining(why),
    });
    expect((await sshd.log()).slice(from)).not.toMatch(/publickey/);
  });

  test('one of another authority, or one that is revoked, is refused', async () => {
    const foreign = await certified(['-n', hostName, ...day], 'ed25519', other);
    await expect(run(foreign, [trust(ca.key)])).rejects.toMatchObject({ code: 'host_key_changed' });
    const sshd = await certified(['-n', hostName, ...day]);
    const revoked = `@revoked ${sshd.hostKeys[0]}`;
    await expect(run(sshd, [trust(ca.key), revoked])).rejects.toMatchObject({ code: 'host_key_changed' });
    expect(await run(sshd, [trust(ca.key)])).toBe(alice.user.name);
  });

  test('a host that is pinned by its key may show a certificate of somebody else', async () => {
    const sshd = await certified(['-n', 'elsewhere.example.org', ...day], 'ed25519', other);
    expect(await run(sshd, sshd.hostKeys)).toBe(alice.user.name);
  });

  test('names are matched in bounded time, whoever has chosen them', () => {
    expect(matches('login*.example.org', 'LOGIN7.example.org')).toBe(true);
    expect(matches('l?gin7.*', 'login7.example.org')).toBe(true);
    expect(matches('*.example.org', 'example.org')).toBe(false);
    expect(matches('login7.example.orgx', 'login7.example.org')).toBe(false);
    const from = performance.now();
    expect(matches(`${'*a'.repeat(120)}b`, 'a'.repeat(250))).toBe(false);
    expect(performance.now() - from).toBeLessThan(1_000);
  });

  test('the agent checks for itself: authority, kind, name, time, revocation and every byte', async () => {
    const sshd = await certified(['-n', hostName, ...day]);
    const blob = Buffer.from(
      publicKey(`${sshd.hostKeyDir}/host_ed25519-cert.pub`).split(' ')[1] ?? '',
      'base64',
    );
    const base64 = (key: string) => key.split(' ')[1] ?? '';
    const now = Math.floor(Date.now() / 1000);
    const authorities = {
      pinned: new Set([base64(ca.key)]),
      keys: new Set<string>(),
      revoked: new Set<string>(),
      hostName,
      now,
    };
    expect(certifiedKey(blob, authorities)?.toString('base64')).toBe(base64(sshd.hostKeys[0] ?? ''));
    for (const worse of [
      { pinned: new Set([base64(other.key)]) },
      { revoked: new Set([base64(ca.key)]) },
      { revoked: new Set([base64(sshd.hostKeys[0] ?? '')]) },
      { hostName: 'login8.example.org' },
      { now: now + 2 * 86_400 },
      { now: now - 2 * 86_400 },
    ])
      expect(certifiedKey(blob, { ...authorities, ...worse })).toBeUndefined();
    for (let at = 0; at < blob.length; at += 3) {
      const bent = Buffer.from(blob);
      bent[at] = (bent[at] ?? 0) ^ 1;
      expect(certifiedKey(bent, authorities), `byte ${at}`).toBeUndefined();
    }
    const strict = join(scratch, 'strict.pub');
    writeFileSync(strict, `${sshd.hostKeys[0]}\n`);
    keygen('-s', ca.file, '-I', 'host', '-h', '-n', hostName, '-O', 'critical:only-at-night', ...day, strict);
    const conditional = Buffer.from(
      publicKey(join(scratch, 'strict-cert.pub')).split(' ')[1] ?? '',
      'base64',
    );
    expect(certifiedKey(conditional, authorities)).toBeUndefined();
    const asUser = join(scratch, 'user');
    keygen('-t', 'ed25519', '-N', '', '-f', asUser);
    keygen('-s', ca.file, '-I', 'user', '-n', hostName, ...day, `${asUser}.pub`);
    const user = Buffer.from(publicKey(`${asUser}-cert.pub`).split(' ')[1] ?? '', 'base64');
    expect(certifiedKey(user, authorities)).toBeUndefined();
  });
});
