/** Promise 19: whatever a word holds, it arrives as it was sent. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createMember, type Member } from '#test/support/member.ts';
import { type Sshd, startSshd } from '#test/support/sshd.ts';
import { createClusterAccess } from './cluster-access.ts';

const dir = mkdtempSync(join(tmpdir(), 'latchkey-words-'));
let sshd: Sshd;
let member: Member;
let access: ReturnType<typeof createClusterAccess>;

beforeAll(async () => {
  sshd = await startSshd();
  member = await createMember(sshd, { shell: '/usr/bin/tcsh' });
  access = createClusterAccess({ runtimeDir: join(dir, 'run'), allowedNetworks: ['127.0.0.0/8'] });
});
afterAll(async () => {
  await access.close();
  await member.user.remove();
  await sshd.stop();
  rmSync(dir, { recursive: true, force: true });
});

const special = fc.constantFrom(
  "'",
  '"',
  '\n',
  '\r',
  '$(touch x)',
  '`id`',
  '-n',
  '--',
  '\\',
  '\\0',
  '*',
  '~',
  '!',
  '%s',
  ' ',
  '\t',
  ';',
  '&',
  '|',
  '#',
  'Z 1 0 0 0 -\n',
  'é',
  '\ud83d\ude00',
);
const bytes = fc.uint8Array({ maxLength: 40 }).map((found) => found.map((byte) => byte || 1));
const word = fc.oneof(
  bytes,
  fc.array(special, { maxLength: 6 }).map((parts) => Buffer.from(parts.join(''))),
  fc.constant(Buffer.alloc(0)),
);
const vectors = (count: number): Uint8Array[][] =>
  fc.sample(fc.array(word, { minLength: 1, maxLength: 8 }), count);

const prints = '/usr/bin/printf';

/** How many of `count` random vectors do not come back byte for byte. */
const wrongOf = async (target: Member['target'], program: string[], count: number): Promise<number> => {
  const todo = vectors(count);
  let wrong = 0;
  const worker = async (): Promise<void> => {
    for (let words = todo.pop(); words; words = todo.pop()) {
      const result = await access.run(target, { argv: [...program, ...words], timeoutMs: 30_000 });
      const wanted = Buffer.concat(words.flatMap((each) => [Buffer.from(each), Buffer.from([0])]));
      if (!wanted.equals(Buffer.from(result.stdout)) || result.stderr.length > 0) wrong += 1;
    }
  };
  await Promise.all(Array.from({ length: 6 }, worker));
  return wrong;
};
const noFileMade = async (target: Member['target']): Promise<void> => {
  const files = await access.run(target, { argv: ['ls', '-A'], timeoutMs: 5_000 });
  expect(Buffer.from(files.stdout).toString()).not.toMatch(/^x$/m);
};

test.each([
  ['itself', [prints, '%s\\0'], 600],
  ['a script of ours', ['sh', '-c', `# Isn't $1\n${prints} "%s\\0" "$@"; exit 0`, 'lk'], 300],
  ...['sh', 'bash', 'dash'].map((shell): [string, string[], number] => [
    shell,
    [`/bin/${shell}`, '-c', `exec ${prints} "%s\\0" "$@"`, 'lk'],
    300,
  ]),
  ...['ksh', 'mksh', 'zsh'].map((shell): [string, string[], number] => [
    shell,
    [`/usr/bin/${shell}`, '-c', `exec ${prints} "%s\\0" "$@"`, 'lk'],
    150,
  ]),
])('promise 19: words reach %s byte for byte', async (_, program, count) => {
  expect(await wrongOf(member.target, program, count)).toBe(0);
  await noFileMade(member.target);
});

test.each([
  '/bin/sh',
  '/bin/bash',
  '/bin/dash',
  '/usr/bin/ksh',
  '/usr/bin/mksh',
  '/usr/bin/zsh',
  '/usr/bin/tcsh',
  '/usr/bin/fish',
])('promise 19: a member whose login shell is %s gets every word as it was sent', async (shell) => {
  const other = await createMember(sshd, { shell });
  try {
    expect(await wrongOf(other.target, [prints, '%s\\0'], 60)).toBe(0);
    await noFileMade(other.target);
  } finally {
    access.closeChannels({ credential: other.target.credentialKey.replace(/@.*/, '') });
    await other.user.remove();
  }
});

test('a NUL and an empty command are refused before anything is sent', async () => {
  for (const argv of [['a\0b'], [Buffer.from([0])], []]) {
    await expect(access.run(member.target, { argv, timeoutMs: 5_000 })).rejects.toMatchObject({
      code: 'bad_request',
    });
  }
});
