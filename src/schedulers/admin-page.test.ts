/** What the page for cluster administrators says of commands is what is sent. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { budgetOf } from '#core/budgets.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/for-cluster-admins.md'), 'utf8');
const known =
  /\b(squeue|sbatch|scancel|sacct|sinfo|scontrol|srun|salloc|bsub|bjobs|bkill|bhist|bacct|bqueues|lsid|qsub|qstat|qselect|qdel|qsig|qacct|qconf|qmod|qhold|tracejob|pbsnodes|msub|showq|checkjob|canceljob|mjobctl)\b/g;

test.each([
  ['Slurm', 'slurm'],
  ['LSF', 'lsf'],
  ['PBS Pro', 'pbs-pro'],
  ['Grid Engine', 'grid-engine'],
  ['Moab', 'moab'],
])('%s: the page names its programs, all of them and no other', (title, name) => {
  const folder = join(import.meta.dirname, name);
  const sent = readdirSync(folder)
    .filter((file) => file.endsWith('.sh'))
    .flatMap((file) =>
      readFileSync(join(folder, file), 'utf8')
        .split('\n')
        .filter((line) => !line.trim().startsWith('#'))
        .flatMap((line) => line.match(known) ?? []),
    );
  // Some scripts are given the program's name.
  const words = readFileSync(join(folder, `${name}.ts`), 'utf8').matchAll(/'(\w+)'/g);
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
