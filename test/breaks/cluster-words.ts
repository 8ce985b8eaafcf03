/** Texts that clusters are told and tell: the reader's one line, quotes, hostile answers, what administrators are promised. */
import type { Break } from './break.ts';

const reader = {
  file: 'src/schedulers/queries/reader.sh',
  test: 'src/schedulers/queries/reader.test.ts',
};
const page = { test: 'src/schedulers/admin-page.test.ts' };

export const breaks: readonly Break[] = [
  {
    ...reader,
    keeps: 'every login shell takes the line that a reader’s key is bound to',
    from: 'test "$q" = hello || exit 1;',
    to: 'if [ "$q" != hello ]; then exit 1; fi;',
    named: 'slurm.*is one line',
  },
  {
    ...reader,
    keeps: 'a reader says as whom it was let in',
    from: 'o=$(echo "$(id -un) $(id -u)");;',
    to: 'o=$(id -un);;',
    named: 'slurm.*answers who it is',
  },
  {
    ...reader,
    keeps: 'a reader’s key does what its line says and nothing else',
    from: '    echo "$u" | grep -Eqx "[A-Za-z0-9_][A-Za-z0-9_.@,-]*" || exit 1;\n',
    to: '',
    named: 'slurm.*ends at',
  },
  {
    ...reader,
    keeps: 'a reader’s key answers to its own greeting alone',
    from: 'test "$q" = hello || exit 1;\n',
    to: '',
    named: 'slurm.*a helper for commands',
  },
  {
    ...reader,
    keeps: 'a login cannot bend what a reader is shown',
    file: 'src/schedulers/slurm/reader.sh',
    from: 'for v in $(env | grep -o "^SQUEUE_[A-Z0-9_]*"); do unset "$v"; done;\n',
    to: '',
    named: 'whatever the login sets',
  },
  {
    keeps: 'no answer of a far side takes longer to read than it is long',
    file: 'src/schedulers/far-side/far-side.ts',
    from: "  text(output)\n    .split('\\n')\n",
    to: '  text(output)\n    .split(/\\s*\\r\\n|\\n/)\n',
    test: 'src/schedulers/hostile-text.test.ts',
    named: 'slurm status|probe|remains',
  },
  {
    keeps: 'a backslash in Nextflow’s configuration is a backslash',
    file: 'src/schedulers/head/groovy.ts',
    from: "/[^ -~]|[\\\\']/g",
    to: "/[^ -~]|[']/g",
    test: 'src/schedulers/head/groovy.test.ts',
  },
  {
    ...page,
    keeps: 'administrators are told of every program that runs on their cluster',
    file: 'src/schedulers/slurm/cancel.sh',
    from: 'LC_ALL=C timeout -k 5 60 scancel "$@" 2>&1)',
    to: 'LC_ALL=C timeout -k 5 60 scancel "$@" 2>&1 || srun true)',
    named: 'Slurm: the page',
  },
  {
    ...page,
    keeps: 'administrators are told the budgets that apply',
    file: 'src/core/budgets.ts',
    from: '  connectionsPerMinute: 60,\n',
    to: '  connectionsPerMinute: 600,\n',
    named: 'the budgets that apply',
  },
];
