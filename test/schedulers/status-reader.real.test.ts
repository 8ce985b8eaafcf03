/** A status reader's channel to a real sshd: with its line and without, and that nothing but questions goes over it. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { boundKeyLine } from '#core/authorized-keys.ts';
import type { ReaderTarget } from '#core/ports/cluster-access.ts';
import { slurm } from '#schedulers/slurm/slurm.ts';
import type { Member } from '../support/member.ts';
import { asText, openSshTestbed, runScript, type SshTestbed, until } from '../support/ssh-testbed.ts';
import { startSshd } from '../support/sshd.ts';

const { readerCommand } = slurm;
const how = { timeoutMs: 20_000 };
const jobs = { ask: 'jobs', linuxUsers: ['alice', 'bob'] } as const;

let bed: SshTestbed;
beforeAll(async () => {
  bed = await openSshTestbed({ logLevel: 'VERBOSE' });
});
afterEach(() => bed.closeAccesses());
afterAll(() => bed.close());

/** An account with a `squeue` that is on the PATH of a login alone, and notes what it was asked. */
const enrolReader = async (shell = '/bin/bash'): Promise<{ member: Member; target: ReaderTarget }> => {
  const member = await bed.enrol({ label: 'reader', shell });
  await member.user.write(
    'bin/squeue',
    `#!/bin/sh\necho "$*" >>~/asked\necho 'latchkey-slurm-job|11|alice|RUNNING|None|head|nf-Run000000001 '\n`,
    0o755,
  );
  await member.user.write('.profile', 'PATH=$HOME/bin:$PATH\necho welcome to the cluster\n');
  const target = { ...member.target, credentialKey: `reader:${member.user.uid}@1`, readerCommand };
  return { member, target };
};
const bind = ({ member }: { member: Member }) =>
  member.user.authorize([boundKeyLine(member.signer.publicKey, 'latchkey:identity-1:reader', readerCommand)]);

describe.each(['/bin/bash', '/bin/dash', '/usr/bin/tcsh', '/usr/bin/fish'])('an account with %s', (shell) => {
  test.each(['bound to its line', 'bound to nothing'])('%s: one login for many questions', async (bound) => {
    const reader = await enrolReader(shell);
    if (bound === 'bound to its line') await bind(reader);
    const access = bed.access();
    const who = await access.askReader(reader.target, { ask: 'who' }, how);
    expect(asText(who.stdout)).toBe(`${reader.member.user.name} ${reader.member.user.uid}`);
    const answers = await Promise.all([1, 2, 3].map(() => access.askReader(reader.target, jobs, how)));
    for (const answer of answers)
      expect(slurm.parseStatus(answer)).toMatchObject([{ jobId: '11', linuxUser: 'alice' }]);
    expect(access.stats()).toMatchObject({ opened: 1, commands: 4, replaced: 0 });
    expect((await readFile(join(reader.member.user.home, 'asked'), 'utf8')).trim().split('\n')).toHaveLength(
      3,
    );
  });
});

test('promise 10: no command can travel with a reader’s key, whatever its target is called', async () => {
  const reader = await enrolReader();
  const access = bed.access();
  const command = { argv: ['touch', 'broken-in'], timeoutMs: 5_000 };
  const { readerCommand: _, ...bare } = reader.target;
  const refused = { code: 'forbidden', status: 403 };
  await access.askReader(reader.target, { ask: 'who' }, how);
  await expect(access.run(reader.target, command)).rejects.toMatchObject(refused);
  await expect(access.run(bare, command)).rejects.toMatchObject(refused);
  await expect(access.run({ ...reader.target, credentialKey: 'managed:1@1' }, command)).rejects.toMatchObject(
    refused,
  );
  // Nor does a member's key answer questions, or a question carry anything but names.
  await expect(access.askReader(reader.member.target as ReaderTarget, jobs, how)).rejects.toMatchObject(
    refused,
  );
  for (const name of ['a;id', '-a', 'a b', 'a,b', '', 'a\nsh 1'])
    await expect(
      access.askReader(reader.target, { ask: 'jobs', linuxUsers: [name] }, how),
    ).rejects.toMatchObject({ code: 'bad_request' });
  expect(access.stats().commands).toBe(1 + 6);
});

test('under its line the key opens nothing else: no shell, no file transfer, no terminal', async () => {
  const reader = await enrolReader();
  await bind(reader);
  const key = join(bed.dir, 'reader-key');
  writeFileSync(key, reader.member.signer.privatePem, { mode: 0o600 });
  const { hostName, port, userName } = reader.target;
  const options = `-i ${key} -o IdentitiesOnly=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null`;
  const ssh = (words: string) =>
    execFileSync('sh', ['-c', `${words} 2>&1; echo "ended with $?"`], { encoding: 'utf8', timeout: 20_000 });
  expect(ssh(`echo id | ssh ${options} -p ${port} ${userName}@${hostName} id`)).not.toMatch(/uid=/);
  expect(ssh(`echo id | ssh ${options} -p ${port} ${userName}@${hostName}`)).not.toMatch(/uid=/);
  expect(ssh(`echo ls | sftp -b - ${options} -P ${port} ${userName}@${hostName}`)).not.toMatch(
    /ended with 0/,
  );
  // And what a member's channel would send there finds no helper.
  const access = bed.access({ connectTimeoutMs: 5_000 });
  await expect(runScript(access, reader.member, 'id')).rejects.toMatchObject({ code: 'session_ended' });
});

test('the same line as sshd’s own ForceCommand', async () => {
  const sshd = await startSshd({ config: [`ForceCommand ${readerCommand}`] });
  try {
    const { target, member } = await enrolReader();
    const { host: hostName, port, hostKeys: pins } = sshd;
    const there = { ...target, hostName, port, pins };
    const access = bed.access();
    const who = await access.askReader(there, { ask: 'who' }, how);
    expect(asText(who.stdout)).toBe(`${member.user.name} ${member.user.uid}`);
    expect(slurm.parseStatus(await access.askReader(there, jobs, how))).toMatchObject([{ jobId: '11' }]);
    await access.close();
  } finally {
    await sshd.stop();
  }
});

test('over a jump host, under the lines that the pages give for both', async () => {
  const reader = await enrolReader();
  await bind(reader);
  const { hostName, port, userName } = reader.target;
  const lines = join(reader.member.user.home, 'jump_keys');
  const sshd = await startSshd({ config: [`AuthorizedKeysFile ${lines}`] });
  try {
    const line = `restrict,port-forwarding,permitopen="${hostName}:${port}" ${reader.member.signer.publicKey}\n`;
    await reader.member.user.write('jump_keys', line);
    const hop = {
      ...{ hostName: sshd.host, port: sshd.port, userName, pins: sshd.hostKeys },
      signer: reader.target.signer,
    };
    const access = bed.access();
    const over = { ...reader.target, through: [hop] };
    expect(slurm.parseStatus(await access.askReader(over, jobs, how))).toMatchObject([{ jobId: '11' }]);
    expect(await sshd.log()).toContain(`Accepted publickey for ${userName}`);
    await expect(access.run(over, { argv: ['id'], timeoutMs: 5_000 })).rejects.toMatchObject({
      code: 'forbidden',
    });
    await expect(
      bed.access().askReader({ ...over, through: [{ ...hop, pins: bed.sshd.hostKeys }] }, jobs, how),
    ).rejects.toMatchObject({ code: 'host_key_changed' });
    await access.close();
  } finally {
    await sshd.stop();
  }
});

test('another command behind the key is no reader, and a closed channel is opened again', async () => {
  const reader = await enrolReader();
  const access = bed.access({ connectTimeoutMs: 3_000 });
  await reader.member.user.authorize([`restrict,command="echo hello" ${reader.member.signer.publicKey}`]);
  await expect(access.askReader(reader.target, jobs, how)).rejects.toMatchObject({ code: 'session_ended' });
  await bind(reader);
  await access.askReader(reader.target, jobs, how);
  expect(access.closeChannels({ credential: `reader:${reader.member.user.uid}` })).toBe(1);
  await until(() => access.stats().open === 0, 5_000);
  await access.askReader(reader.target, jobs, how);
  expect(access.stats().opened).toBe(2);
});
