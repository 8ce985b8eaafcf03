/** The page for cluster administrators states what is really called under each scheduler. */
import type { Break } from './break.ts';

const calls = 'src/schedulers/admin-page.real.test.ts';
const call = (name: string, keeps: string, file: string, from: string, to: string): Break => ({
  keeps: `the page for administrators, ${name}: ${keeps}`,
  file: `src/schedulers/${file}`,
  from,
  to,
  test: calls,
  named: `^${name}:`,
});

export const breaks: readonly Break[] = [
  call(
    'LSF',
    'another question would be noticed',
    'lsf/status.sh',
    'bjobs -w -u "$1"',
    'bjobs -w -a -u "$1"',
  ),
  call(
    'PBS Pro',
    'a call that is made no more would be noticed',
    'pbs-pro/submit.sh',
    'lk_why=$(timeout 60 qselect -x -N',
    'lk_why=$(timeout 60 qselect -N',
  ),
  call(
    'Grid Engine',
    'why a run is stuck is asked',
    'grid-engine/status.sh',
    '$(timeout 20 qstat -j "$lk_id" <',
    '$(timeout 20 qstat -explain E <',
  ),
  call('Moab', 'another question would be noticed', 'moab/status.sh', '--xml -w user=', '--xml -v -w user='),
  {
    keeps: 'the page for administrators, Slurm: another question would be noticed',
    file: 'src/schedulers/slurm/status.sh',
    from: 'squeue -h -t all',
    to: 'squeue -h -a -t all',
    test: 'test/e2e/admin-page.test.ts',
  },
  {
    keeps: 'the page for administrators names every program that is called',
    file: 'src/schedulers/moab/probe.sh',
    from: 'showq --version',
    to: 'checkjob --version',
    test: 'src/schedulers/admin-page.test.ts',
    named: 'Moab',
  },
  {
    keeps: 'the page for administrators states the budgets that apply',
    file: 'docs/for-cluster-admins.md',
    from: '| `commandsPerSecond` | 20 |',
    to: '| `commandsPerSecond` | 30 |',
    test: 'src/schedulers/admin-page.test.ts',
    named: 'budgets',
  },
];
