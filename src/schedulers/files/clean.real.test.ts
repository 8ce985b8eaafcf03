/** Removing what a session has left, on a real file system as a real Linux user, among what others put in the way. */
import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { RemovalOrder } from '#core/cleanup.ts';
import { openDisks } from '#test/support/disks.ts';
import { answered, runCommand } from '#test/support/far-side/run-command.ts';
import { createLinuxUser, type LinuxUser } from '#test/support/linux-users.ts';
import { cleanSession, parseCleaned } from './clean.ts';

const runId = 'Ab12Cd34Ef56';
const sessionId = '0b2f7a2e-1d0c-4a7e-9c53-000000000001';
const task = (n: number) => `${(n % 256).toString(16).padStart(2, '0')}/${n.toString(16).padStart(30, '0')}`;

let alice: LinuxUser;
let bob: LinuxUser;
beforeAll(async () => {
  [alice, bob] = await Promise.all([createLinuxUser({ label: 'alice' }), createLinuxUser({ label: 'bob' })]);
});
afterAll(() => Promise.all([alice.remove(), bob.remove()]));

let dir: string;
let work: string;
let head: string;
const mine = (path: string, who: LinuxUser = alice) =>
  execFileSync('chown', ['-hR', `${who.uid}:${who.gid}`, path]);
const put = (path: string, text = '') => {
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
};
/** A session with one run and so many tasks. */
const leave = (tasks: number, inTask = 2) => {
  const submitted = (n: number) =>
    `[SLURM] submitted process p (${n}) > jobId: ${n}; workDir: ${work}/${task(n)}\n`;
  put(join(head, `nf-${runId}.log`), Array.from({ length: tasks }, (_, n) => submitted(n)).join(''));
  put(join(head, `nf-${runId}.trace`), `task_id\x1fworkdir\x1fname\n1\x1f${work}/${task(tasks)}\x1fp (1)\n`);
  for (const name of [
    `nf-${runId}.txt`,
    `.nf-${runId}.lock`,
    '.nextflow/cache/x/db',
    '.nf-assets/0/a/.git/HEAD',
    'results/out.txt',
  ])
    put(join(head, name), 'x');
  for (let n = 0; n <= tasks; n += 1)
    for (let file = 0; file < inTask; file += 1) put(join(work, task(n), `.command.${file}`), 'x');
  mine(work);
};
beforeEach(() => {
  dir = mkdtempSync('/tmp/lk-clean-');
  chmodSync(dir, 0o755);
  work = join(dir, 'work');
  head = join(work, alice.name, sessionId);
  mkdirSync(head, { recursive: true });
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const clean = async (over: Partial<RemovalOrder> = {}, seconds = 60) => {
  const order = {
    runId,
    sessionId,
    headDir: head,
    workDir: work,
    linuxUser: alice.name,
    policy: 'remove',
    ...over,
  } as const;
  const place = { env: { HOME: alice.home, PATH: '/usr/bin:/bin' }, user: alice, cwd: alice.home };
  return parseCleaned(await runCommand(cleanSession(order, seconds), place));
};
const done = { kind: 'done', left: 0 };

test('remove: tasks and directory are gone, what is of others stays; once more there is nothing to do', async () => {
  leave(3);
  const others = [task(77), `ab/${'0'.repeat(29)}`, `stage-${sessionId}x/f`, 'conda/env/x'];
  for (const other of others) put(join(work, other, 'x'));
  put(join(work, `stage-${sessionId}`, 'a', 'b'));
  mine(work);
  expect(await clean()).toEqual({ ...done, tasks: 4, words: '' });
  expect(existsSync(head)).toBe(false);
  expect(readdirSync(join(work, alice.name))).toEqual([]);
  for (let n = 0; n <= 3; n += 1) expect(existsSync(join(work, task(n)))).toBe(false);
  for (const other of others) expect(existsSync(join(work, other, 'x')), other).toBe(true);
  expect(existsSync(join(work, `stage-${sessionId}`))).toBe(false);
  expect(await clean()).toMatchObject({ kind: 'gone' });
});

test('keep-logs: what is made again goes; logs, and what the pipeline wrote, stay', async () => {
  leave(2);
  expect(await clean({ policy: 'keep-logs' })).toEqual({ ...done, tasks: 3, words: '' });
  expect(readdirSync(head).toSorted()).toEqual(
    [`.nf-${runId}.lock`, `nf-${runId}.log`, `nf-${runId}.trace`, `nf-${runId}.txt`, 'results'].toSorted(),
  );
  expect(await clean({ policy: 'keep-logs' })).toEqual({ ...done, tasks: 0, words: '' });
});

test('links, strange names, closed directories: nothing outside is touched, all inside goes', async () => {
  leave(1);
  const outside = join(dir, 'outside');
  for (const name of ['a', 'deep/b']) put(join(outside, name), 'precious');
  mine(outside);
  const ofTheSystem = lstatSync('/etc/debian_version');
  for (const at of [head, join(work, task(0))]) {
    symlinkSync('/etc', join(at, 'etc'));
    symlinkSync(outside, join(at, 'out'));
    symlinkSync('/nowhere', join(at, 'dangling'));
    for (const name of [
      'line\nbreak',
      '-rf',
      '--',
      ' ',
      '*',
      "it's",
      '"',
      '$(touch x)',
      '\\',
      'ü\u0001',
      '.nf-x\n/'.slice(0, 6),
    ])
      put(join(at, `d${name}`, name), 'x');
    put(join(at, 'closed', 'inner', 'x'));
    execFileSync('mkfifo', [join(at, 'pipe')]);
  }
  // What a log says of directories elsewhere, or of ones that are links, is not believed.
  rmSync(join(work, task(1)), { recursive: true });
  symlinkSync(outside, join(work, task(1)));
  put(join(work, 'ee', 'real', 'x'));
  put(
    join(head, `nf-${runId}.log.1`),
    [
      `workDir: ${outside}/${task(0)}`,
      `workDir: ${work}/../outside`,
      `workDir: ${work}/${task(5)}/../../outside`,
      `workDir: ${work}/${alice.name}`,
    ].join('\n'),
  );
  put(join(work, task(5), 'kept'));
  mine(work);
  for (const at of [head, join(work, task(0))]) {
    chmodSync(join(at, 'closed', 'inner'), 0o000);
    chmodSync(join(at, 'closed'), 0o500);
  }
  expect(await clean()).toEqual({ ...done, tasks: 1, words: '' });
  expect(existsSync(head)).toBe(false);
  expect(existsSync(join(work, task(0)))).toBe(false);
  expect(readdirSync(outside, { recursive: true }).map(String).toSorted()).toEqual(['a', 'deep', 'deep/b']);
  expect(existsSync(join(work, task(5), 'kept'))).toBe(true);
  expect(existsSync(join(work, 'ee', 'real', 'x'))).toBe(true);
  expect(lstatSync('/etc/debian_version')).toEqual(ofTheSystem);
});

test('files of other users: those that the directory lets go, go; the rest is told', async () => {
  leave(1);
  put(join(head, 'theirs-alone'), 'x');
  put(join(head, 'theirs', 'x'), 'x');
  mine(work);
  mine(join(head, 'theirs-alone'), bob);
  mine(join(head, 'theirs'), bob);
  expect(await clean()).toMatchObject({ kind: 'done', left: 2, words: expect.stringContaining('theirs') });
  expect(readdirSync(head).toSorted()).toEqual([`.nf-${runId}.lock`, 'theirs']);
  rmSync(join(head, 'theirs'), { recursive: true });
  expect(await clean()).toEqual({ ...done, tasks: 0, words: '' });
  expect(existsSync(head)).toBe(false);
});

test('what others could have put there is refused, and so is the login of somebody else', async () => {
  leave(1);
  expect(await clean({ linuxUser: bob.name })).toMatchObject({
    kind: 'refused',
    reason: expect.stringContaining(`The login is ${alice.name}`),
  });
  expect(await clean({ headDir: join(work, alice.name) })).toMatchObject({
    kind: 'refused',
    reason: expect.stringContaining('is not the directory of session'),
  });
  expect(await clean({ runId: 'Other0000000' })).toMatchObject({
    kind: 'refused',
    reason: expect.stringContaining('nothing that says it is of run Other0000000'),
  });
  chmodSync(head, 0o770);
  expect(await clean()).toMatchObject({ kind: 'refused', reason: expect.stringContaining('Others than') });
  chmodSync(head, 0o700);
  // Somebody of the group put another directory in its place: the member's own home.
  const home = join(alice.home, 'projects');
  put(join(home, 'thesis.tex'), 'precious');
  mine(home);
  renameSync(head, `${head}-away`);
  symlinkSync(home, head);
  expect(await clean()).toMatchObject({ kind: 'refused', reason: expect.stringContaining('leads to') });
  rmSync(head);
  mkdirSync(head);
  put(join(head, 'theirs'), 'x');
  mine(head, bob);
  chmodSync(head, 0o755);
  expect(await clean()).toMatchObject({ kind: 'refused' });
  expect(existsSync(join(home, 'thesis.tex'))).toBe(true);
  expect(existsSync(join(head, 'theirs'))).toBe(true);
  expect(await clean({ headDir: `/nowhere/${alice.name}/${sessionId}` })).toMatchObject({
    kind: 'unknown',
    reason: expect.stringContaining('mounted'),
  });
});

test('another file system below the directory is not entered', async () => {
  leave(1);
  const at = join(head, 'mounted');
  const disks = await openDisks();
  try {
    await disks.small(at, '1m');
    mine(at);
    put(join(at, 'precious'), 'x');
    chownSync(join(at, 'precious'), alice.uid, alice.gid);
    mine(head);
    expect(await clean()).toMatchObject({
      kind: 'done',
      left: expect.any(Number),
      words: expect.stringContaining('mounted'),
    });
    expect(existsSync(join(at, 'precious'))).toBe(true);
  } finally {
    await disks.close();
  }
  expect(await clean()).toMatchObject({ ...done });
  expect(existsSync(head)).toBe(false);
});

test('a directory that turns into a link and back while it is removed leads nowhere', async () => {
  leave(0);
  const outside = join(dir, 'outside');
  // Of the same names, so that whoever goes by a path through the link meets them.
  const at = (n: number) => join(`d${n % 200}`, `f${n}`);
  for (let n = 0; n < 2_000; n += 1) put(join(outside, at(n)), 'precious');
  for (let n = 0; n < 2_000; n += 1) put(join(head, 'many', at(n)), 'x');
  mine(outside);
  mine(head);
  const script = `cd "$0"; i=$2; while :; do i=$(((i + 7) % 200)); mv "many/d$i" "many/x$i" 2>/dev/null && { ln -s "$1/d$i" "many/d$i"; rm -f "many/d$i"; mv "many/x$i" "many/d$i"; }; done`;
  const swappers = ['0', '50', '100'].map((from) =>
    spawn('sh', ['-c', script, head, outside, from], {
      detached: true,
      stdio: 'ignore',
      uid: alice.uid,
      gid: alice.gid,
    }),
  );
  try {
    for (let tries = 0; tries < 20 && existsSync(head); tries += 1) await clean({}, 20);
  } finally {
    for (const { pid = 0 } of swappers) process.kill(-pid, 'SIGKILL');
  }
  expect(readdirSync(outside).length).toBe(200);
  for (let n = 0; n < 2_000; n += 1) expect(existsSync(join(outside, at(n))), at(n)).toBe(true);
});

test('what takes long is done in pieces, and one that was cut off is taken up', {
  timeout: 120_000,
}, async () => {
  const files = process.env['LATCHKEY_TEST_LONG'] ? 100_000 : 10_000;
  leave(files / 20, 10);
  for (let n = 0; n < files / 2; n += 1) put(join(head, 'results', `d${n % 100}`, `f${n}`));
  mine(head);
  let tasks = 0;
  let pieces = 0;
  for (;;) {
    // The first ones have no time at all.
    const removal = await clean({}, pieces < 2 ? pieces : 5);
    pieces += 1;
    if ('reason' in removal) throw new Error(removal.reason);
    tasks += removal.tasks;
    if (removal.kind === 'done') break;
    expect(removal.kind).toBe('more');
  }
  expect(pieces).toBeGreaterThan(1);
  expect(tasks).toBeGreaterThan(0);
  expect(existsSync(head)).toBe(false);
  expect(execFileSync('find', [work, '-type', 'f']).toString()).toBe('');
});

test('half an answer is none', () => {
  const half = answered('latchkey: tasks 1\nlatchkey: outcome done\n');
  expect(parseCleaned(half)).toMatchObject({ kind: 'unknown' });
});
