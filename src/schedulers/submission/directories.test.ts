/** The directories of a run: where they are, who may write in them, whose login it is. */
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, lchownSync, mkdirSync, statSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type FakeCluster, fakeCluster } from '#test/support/far-side/fake-cluster.ts';
import type { LaunchOverrides } from '#test/support/far-side/launch.ts';
import { runCommand } from '#test/support/far-side/run-command.ts';
import { slurm } from '../slurm/slurm.ts';

let cluster: FakeCluster;
beforeEach(() => {
  cluster = fakeCluster();
});
afterEach(() => cluster.remove());

const submit = async (over?: LaunchOverrides) =>
  slurm.parseSubmit(await runCommand(slurm.submit(cluster.launch(over)), cluster.place));

test.each([
  ['~/a b', '', 'a b', 'a b'],
  ['$HOME/w/', '', 'w', 'w'],
  ['~/x/${USER}', '$TW_AGENT_WORKDIR/heads', 'x/ME', 'x/ME/heads'],
  ['$TW_AGENT_WORKDIR', '~/l/$TW_AGENT_USER', 'work', 'l/ME'],
  ["~/it's `id`;%j", '', "it's `id`;%j", "it's `id`;%j"],
])('%s and "%s"', async (workDir, launchDir, work, launch) => {
  const at = (path: string) => join(cluster.home, path.replaceAll('ME', cluster.launch().snapshot.linuxUser));
  const outcome = await submit({ snapshot: { workDir, launchDir } });
  const { linuxUser } = cluster.launch().snapshot;
  expect(outcome).toMatchObject({
    kind: 'submitted',
    workDir: at(work),
    headDir: join(at(launch), linuxUser, cluster.launch().sessionId),
  });
  expect(statSync(at(work)).mode & 0o7777).toBe(0o700);
});

test.each([
  ['$SCRATCH/x', /\$SCRATCH in "\$SCRATCH\/x" is not filled in/],
  ['$(id)', /is not filled in/],
  ['relative', /not an absolute path/],
  ['/a\nb', /line break/],
  ['/proc/nowhere', /workDir cannot be made/],
])('%j is refused', async (workDir, reason) => {
  expect(await submit({ snapshot: { workDir } })).toEqual({
    kind: 'refused',
    reason: expect.stringMatching(reason),
  });
  expect(cluster.jobs()).toEqual([]);
});

test('below a directory that a group shares what a run executes belongs to its member alone', async () => {
  const shared = join(cluster.dir, 'shared');
  mkdirSync(shared);
  chmodSync(shared, 0o2770);
  // As sites do it; the umask counts for nothing then.
  execFileSync('setfacl', ['-d', '-m', 'u::rwx,g::rwx,o::-', shared]);
  const outcome = await submit({ snapshot: { workDir: join(shared, 'w') }, secretEnvironment: { A: 'b' } });
  if (outcome.kind !== 'submitted') throw new Error(outcome.reason);
  expect(statSync(outcome.workDir).mode & 0o7777).toBe(0o2770);
  expect(statSync(dirname(outcome.headDir)).mode & 0o777).toBe(0o700);
  expect(statSync(outcome.headDir).mode & 0o777).toBe(0o700);
});

const nobody = 65_534;
const place = (mode: number, owner: number) => (path: string) => {
  mkdirSync(path, { recursive: true });
  chmodSync(path, mode);
  chownSync(path, owner, owner);
};
test.runIf(process.getuid?.() === 0).each([
  ["another's directory in the place of the member's", 'user', place(0o755, nobody)],
  ["another's directory in the place of the session's", 'session', place(0o755, nobody)],
  ['a directory of their own that others can write in', 'session', place(0o770, 0)],
  ['a directory of their own, above the sessions, that a group can write in', 'user', place(0o770, 0)],
  ['a directory of their own, above the sessions, that all can write in', 'user', place(0o1702, 0)],
  [
    "another's link to a directory of their own",
    'session',
    (path: string) => {
      place(0o755, 0)(`${path}.own`);
      symlinkSync(`${path}.own`, path);
      lchownSync(path, nobody, nobody);
    },
  ],
])('%s is not used: what lies there would run as the member', async (_, which, plant) => {
  mkdirSync(dirname(dirname(cluster.headDir)));
  if (which === 'session') mkdirSync(dirname(cluster.headDir));
  plant(which === 'session' ? cluster.headDir : dirname(cluster.headDir));
  expect(await submit()).toMatchObject({
    kind: 'refused',
    reason: expect.stringMatching(/others than \w+ can write in/),
  });
  expect(cluster.jobs()).toEqual([]);
});

test('where no stat knows these words it is seen all the same who may write there', async () => {
  const user = dirname(cluster.headDir);
  mkdirSync(user, { recursive: true, mode: 0o755 });
  cluster.put('stat', 'echo "stat: illegal option -- c" >&2; exit 1');
  expect(await submit()).toMatchObject({ kind: 'submitted' });
  chmodSync(user, 0o770);
  expect(await submit()).toMatchObject({
    kind: 'refused',
    reason: expect.stringContaining('can write in'),
  });
});

test('another login than promised is refused, also where it has a directory of that name', async () => {
  mkdirSync(join(cluster.dir, 'work/somebody'), { recursive: true, mode: 0o755 });
  expect(await submit({ snapshot: { linuxUser: 'somebody' } })).toMatchObject({
    kind: 'refused',
    reason: expect.stringContaining('belongs to somebody'),
  });
});
