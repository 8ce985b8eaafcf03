/** Clusters whose clocks are wrong and whose logins talk; what disks refuse is shown end to end (`test/e2e/odd-places`). */
import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
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
const runId = 'Ab12Cd34Ef56';

describe('a clock that is an hour off', () => {
  test.each([-3_600, 3_600])(
    '%i s: what was submitted is found again, and accounting is asked for the right time',
    async (off) => {
      cluster.put(
        'date',
        `case $* in +%s) echo $(($(/usr/bin/date +%s) + ${off})) ;; *) exec /usr/bin/date "$@" ;; esac`,
      );
      expect(await submit()).toMatchObject({ kind: 'submitted', how: 'new' });
      expect(await submit()).toMatchObject({ kind: 'submitted', how: 'recorded' });
      rmSync(join(cluster.headDir, `.nf-${runId}.job`));
      expect(await submit()).toMatchObject({ kind: 'submitted', how: 'found' });
      expect(cluster.jobs()).toHaveLength(1);

      cluster.put('sacct', 'printf "%s\\n" "$@" >"$FAKE/asked"');
      await runCommand(slurm.accounting(['1'], Date.now()), cluster.place);
      // By the cluster's own clock the job was submitted at most an hour before or after ours says.
      const [, minutes] = /^now-(\d+)minutes$/m.exec(cluster.kept('asked')) ?? [];
      expect(Number(minutes)).toBeGreaterThanOrEqual(off > 0 ? off / 60 + 60 : 59);
    },
  );
});

test('modules and profiles that talk on stdout disturb no answer', async () => {
  cluster.put(
    'module',
    'echo "Loading nextflow/24.10 ..."; echo "latchkey: outcome refused"; echo "latchkey: end"',
  );
  const sbatch = execFileSync('cat', [join(cluster.dir, 'bin/sbatch')]).toString();
  writeFileSync(
    join(cluster.dir, 'bin/sbatch'),
    sbatch.replace('\n', '\necho "Lmod: loading slurm/22.05"\nmodule >&2\n'),
    { mode: 0o755 },
  );
  expect(await submit()).toMatchObject({ kind: 'submitted', jobId: '1' });
  expect(await submit()).toMatchObject({ kind: 'submitted', how: 'recorded', jobId: '1' });
});
