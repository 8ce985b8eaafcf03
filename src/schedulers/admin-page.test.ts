/** What the page for cluster administrators says of commands is what is sent. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { budgetOf } from '#core/budgets.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/for-cluster-admins.md'), 'utf8');
const known =
  /\b(squeue|sbatch|scancel|sacct|sinfo|scontrol|srun|salloc|bsub|bjobs|bkill|bhist|bacct|bqueues|lsid|qsub|qstat|qdel|qsig|qacct|qconf|qmod|qhold|tracejob|pbsnodes|msub|showq|checkjob|canceljob|mjobctl)\b/g;

const scripts = join(import.meta.dirname, 'far-side');

test.each([
  ['Slurm', 'slurm', 'slurm.ts'],
  ['LSF', 'lsf', 'lsf.ts'],
  ['PBS Pro', 'pbs', 'pbs-pro.ts'],
  ['Grid Engine', 'sge', 'grid-engine.ts'],
  ['Moab', 'moab', 'moab.ts'],
])('%s: the page names its programs, all of them and no other', (title, prefix, driver) => {
  const sent = readdirSync(scripts)
    .filter((name) => name.startsWith(`${prefix}-`))
    .flatMap((name) =>
      readFileSync(join(scripts, name), 'utf8')
        .split('\n')
        .filter((line) => !line.trim().startsWith('#'))
        .flatMap((line) => line.match(known) ?? []),
    );
  // Some scripts are given the program's name.
  const words = readFileSync(join(import.meta.dirname, driver), 'utf8').matchAll(/'(\w+)'/g);
  sent.push(...[...words].flatMap(([, word = '']) => word.match(known) ?? []));
  const row = page.split('\n').find((line) => line.startsWith(`| ${title} |`)) ?? '';
  const named = [...row.matchAll(/`(\w+)`/g)].map(([, program = '']) => program);
  expect(new Set(named)).toEqual(new Set(sent));
});

test('and the budgets that apply', () => {
  for (const [name, most] of Object.entries(budgetOf({}))) {
    const row = page.split('\n').find((line) => line.startsWith(`| \`${name}\``)) ?? '';
    expect(row).toContain(`| ${most.toLocaleString('en-US')} |`);
  }
});
