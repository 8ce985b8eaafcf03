/** Real sshd in the configurations that sites have and nobody expects: each is either served or named, with its cure. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { Member } from '#test/support/member.ts';
import { asText, openSshTestbed, runScript, type SshTestbed } from '#test/support/ssh-testbed.ts';
import { createTestSigner } from '#test/support/test-signer.ts';

const beds: SshTestbed[] = [];
const open = async (config: string[]): Promise<SshTestbed> => {
  const bed = await openSshTestbed({ config });
  beds.push(bed);
  return bed;
};
afterEach(async () => {
  for (const bed of beds.splice(0)) await bed.close();
});

const limits = { helloMs: 4_000, loginMs: 2_000 };

describe('what is found instead of a shell is named, with its cure', () => {
  test.each([
    [['ForceCommand internal-sftp'], {}, /transfer files and nothing else \(internal-sftp\)\. Ask the site/],
    [['ForceCommand /bin/false'], {}, /another command only \(ForceCommand.*ask the site/s],
    [
      ['ForceCommand echo Use the portal'],
      {},
      /another command only \(ForceCommand.*The cluster said: Use the portal/s,
    ],
    [['ForceCommand sleep 60'], {}, /did not become ready in time.*ForceCommand/s],
    [[], { shell: '/usr/sbin/nologin' }, /login shell is nologin\. Ask the site to give the account a shell/],
    [[], { shell: '/bin/rbash' }, /restricted one \(rbash.*Ask the site for an ordinary shell/s],
  ])('%j %j', async (config, account, sentence) => {
    const bed = await open(config);
    const member = await bed.enrol(account);
    const outcome = runScript(bed.access({ limits }), member, 'true');
    await expect(outcome).rejects.toMatchObject({
      code: 'session_ended',
      message: expect.stringMatching(sentence),
    });
    await expect(outcome).rejects.toThrow(`${member.user.name} on 127.0.0.1:${bed.sshd.port} `);
  });
});

/** Members with keys of their own, who share one Linux account here: making accounts is slow. */
const enrolMany = async (bed: SshTestbed, count: number): Promise<Member[]> => {
  const { user, target } = await bed.enrol();
  const members = Array.from({ length: count }, (_, i) => {
    const signer = createTestSigner();
    return { user, signer, target: { ...target, signer, credentialKey: `managed:${1_000 + i}@1` } };
  });
  await user.authorize(members.map(({ signer }) => signer.publicKey));
  return members;
};

describe('promise 20: sshd that serves only so much', () => {
  test('a ForceCommand that runs what was asked for, a banner, one session a connection', async () => {
    const bed = await open([
      'MaxSessions 1',
      'Banner /etc/os-release',
      `ForceCommand sh -c 'logger() { :; }; logger; eval "$SSH_ORIGINAL_COMMAND"'`,
    ]);
    const member = await bed.enrol();
    const access = bed.access({ limits });
    const answers = await Promise.all([1, 2, 3, 4].map((n) => runScript(access, member, `echo ${n}`)));
    expect(answers.map(({ stdout }) => asText(stdout))).toEqual(['1\n', '2\n', '3\n', '4\n']);
    expect(access.stats()).toMatchObject({ opened: 1 });
    expect(access.stats().failures).toEqual({});
  });

  test('MaxStartups 3:30:10, and strangers at the door: 20 members at once, all get in, nobody counts as refused', async () => {
    const bed = await open(['MaxStartups 3:30:10']);
    const members = await enrolMany(bed, 20);
    const strangers = Array.from({ length: 6 }, () => connect(bed.sshd.port, '127.0.0.1'));
    for (const socket of strangers) socket.on('error', () => undefined);
    const access = bed.access();
    setTimeout(() => {
      for (const socket of strangers) socket.destroy();
    }, 2_500);
    const all = await Promise.all(members.map((member) => runScript(access, member, 'id -un')));
    expect(new Set(all.map(({ stdout }) => asText(stdout).trim()))).toEqual(new Set([members[0]?.user.name]));
    expect(access.stats()).toMatchObject({ opened: 20 });
    expect(access.stats().failures).toEqual({});
  });

  test('a ban list (PerSourcePenalties): said with its cure, and not hammered by 20 members', async () => {
    let connections = 0;
    const server = createServer((socket) => {
      connections += 1;
      socket.on('error', () => undefined);
      socket.resume();
      socket.end('Not allowed at this time\r\n');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const bed = await open([]);
    const member = await bed.enrol();
    const access = bed.access();
    const attempt = (i: number) =>
      access.run(
        { ...member.target, port, credentialKey: `managed:${i}@1` },
        { argv: ['true'], timeoutMs: 5_000 },
      );
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, (_, i) => attempt(i)));
    for (const outcome of outcomes)
      expect(outcome).toMatchObject({
        reason: {
          code: 'host_unreachable',
          message: expect.stringMatching(/PerSourcePenalties.*Ask the site to exempt its address/s),
          details: { dropped: true },
        },
      });
    // Two places in the line, five tries each; after that the host rests.
    expect(connections).toBeLessThanOrEqual(12);
    await expect(attempt(1)).rejects.toMatchObject({ details: { retryAfterMs: expect.any(Number) } });
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });
});

describe('the block that the page for administrators gives', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/for-cluster-admins.md'), 'utf8');
  const [, block = ''] = /```\n( +Match Address [\s\S]*?)```/.exec(page) ?? [];

  test('serves what is needed, and applies to the given address alone', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'lk-match-'));
    const file = join(dir, 'match.conf');
    // Of another address, nothing is left open: that it counts is seen by this.
    writeFileSync(
      file,
      `${block.replace('192.0.2.10', '127.0.0.1')}\nMatch Address *,!127.0.0.1\n  DenyUsers *\n`,
    );
    const bed = await open([`Include ${file}`]);
    const member = await bed.enrol();
    const shown = execFileSync(
      '/usr/sbin/sshd',
      ['-T', '-f', join(bed.sshd.dir, 'sshd_config'), '-C', 'user=x,host=x,addr=127.0.0.1'],
      { encoding: 'utf8' },
    );
    for (const line of [
      'maxsessions 1',
      'allowtcpforwarding no',
      'permittty no',
      'authenticationmethods publickey',
    ])
      expect(shown).toContain(`${line}\n`);
    const access = bed.access();
    const outputs = await Promise.all(
      ['one', 'two', 'three'].map((word) => runScript(access, member, `echo ${word}`)),
    );
    expect(outputs.map(({ stdout }) => asText(stdout))).toEqual(['one\n', 'two\n', 'three\n']);
    rmSync(dir, { recursive: true });
  });
});
