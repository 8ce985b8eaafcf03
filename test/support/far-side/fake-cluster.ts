/** A directory that looks like a cluster: small `sbatch`, `squeue`, `nextflow` … that keep what they were told. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { headJob, type LaunchOverrides } from './launch.ts';
import type { Place } from './run-command.ts';

const programs: Record<string, string> = {
  // A job exists from one instant to the next, as in a controller, and knows its name.
  sbatch: `n=1; for w; do case $w in --job-name=*) name=\${w#*=} ;; esac; done
sleep 0.01
while ! ln -s "$name" "$FAKE/jobs/$n" 2>/dev/null; do n=$((n + 1)); done
printf '%s\\0' "$@" >"$FAKE/sbatch.$n"
sleep 0.01
echo "$n"`,
  squeue: `while [ $# -gt 0 ]; do [ "$1" != -n ] || name=$2; shift; done
for j in "$FAKE"/jobs/*; do [ "$(readlink "$j")" != "$name" ] || echo "\${j##*/}"; done`,
  sacct: 'exit 0',
  scontrol: `echo 'MinJobAge               = 300 sec'`,
  java: 'exit 0',
  nextflow: `printf '%s\\n' "$@" >"$FAKE/words"; env >"$FAKE/environment"; umask >"$FAKE/umask"
trap 'echo told >>"$FAKE/told"; stop=1' TERM
echo running
for i in $(seq "\${FAKE_ROUNDS:-0}"); do sleep 0.02; [ -z "$stop" ] || break; done
if [ -n "$stop" ]; then for i in $(seq 25); do sleep 0.02; done; echo cleaned up; exit 1; fi
exit "\${FAKE_STATUS:-0}"`,
};

export const fakeCluster = () => {
  const dir = mkdtempSync(join(tmpdir(), 'latchkey-fake-'));
  const bin = join(dir, 'bin');
  const home = join(dir, 'home');
  for (const each of [bin, home, join(dir, 'jobs')]) mkdirSync(each);
  /** Puts a program in the place of the one that is there. */
  const put = (name: string, script: string) => {
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(bin, name), 0o755);
  };
  for (const [name, script] of Object.entries(programs)) put(name, script);
  const linuxUser = userInfo().username;
  const sessionId = headJob().sessionId;
  const headDir = join(dir, 'work', linuxUser, sessionId);
  const place: Place = {
    env: { PATH: `${bin}:/usr/bin:/bin`, HOME: home, FAKE: dir, LK_SETTLE: '0.05' },
    cwd: home,
  };
  const file = (name: string): string => readFileSync(join(headDir, name), 'utf8');
  return {
    dir,
    home,
    headDir,
    place,
    put,
    file,
    exists: (name: string) => existsSync(join(headDir, name)),
    /** Ids of the jobs of one name; in the order they came. */
    jobs: (name = 'nf-Ab12Cd34Ef56') =>
      readdirSync(join(dir, 'jobs')).filter((id) => readlinkSync(join(dir, 'jobs', id)) === name),
    launch: (over: LaunchOverrides = {}) =>
      headJob({ ...over, snapshot: { linuxUser, workDir: join(dir, 'work'), ...over.snapshot } }),
    /** Words that `sbatch` got for a job. */
    submitted: (id = '1') =>
      readFileSync(join(dir, `sbatch.${id}`), 'utf8')
        .split('\0')
        .slice(0, -1),
    /** A file beside the programs, what `nextflow` kept for example. */
    kept: (name: string) => readFileSync(join(dir, name), 'utf8'),
    remove: () => {
      execFileSync('chmod', ['-R', 'u+rwX', dir]);
      rmSync(dir, { recursive: true });
    },
  };
};

export type FakeCluster = ReturnType<typeof fakeCluster>;
