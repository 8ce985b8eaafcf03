/** Nothing is left behind: what lies on a cluster is known, and goes by policy, as the member. */
import type { Break } from './break.ts';

const datasets = { test: 'src/launcher/datasets.test.ts' };

export const breaks: readonly Break[] = [
  {
    ...datasets,
    keeps: 'files of a run whose datasets were refused are known to the clean-up',
    file: 'src/launcher/submit.ts',
    from: 'if (run.headDir === null && (await writer.write(run, left))) run = { ...run, ...left };',
    to: '',
  },
  {
    ...datasets,
    keeps: 'where files lie is kept with the first piece that arrives, not with the last',
    file: 'src/launcher/datasets.ts',
    from: "      if (answer.left) await begun(answer.left);\n      if (answer.kind === 'placed') return;",
    to: "      if (answer.left && answer.kind === 'placed') await begun(answer.left);\n      if (answer.kind === 'placed') return;",
  },
  {
    keeps: 'a refused dataset tells where the head directory was made',
    file: 'src/schedulers/submission/dataset.sh',
    from: '  lk_note placed 1\n',
    to: '',
    test: 'src/schedulers/submission/place-dataset.test.ts',
  },
  {
    keeps: 'what was promised at the launch becomes gentler, never harsher',
    file: 'src/core/cleanup.ts',
    from: 'cleanups[Math.min(',
    to: 'cleanups[Math.max(',
    test: 'src/launcher/cleaner.real.test.ts',
    named: 'SQLite',
  },
  {
    keeps: 'the longest time that one of the runs was promised counts',
    file: 'src/core/cleanup.ts',
    from: 'afterDays: Math.max(one.afterDays, other.afterDays)',
    to: 'afterDays: Math.min(one.afterDays, other.afterDays)',
    test: 'src/launcher/cleaner.real.test.ts',
    named: 'SQLite',
  },
  {
    keeps: 'nothing is removed while a run of the session lives',
    file: 'src/launcher/cleaner.ts',
    from: "  if (runs.some((run) => run.phase !== 'done')) return { wait: now + day, message: null };\n",
    to: '',
    test: 'src/launcher/cleaner.real.test.ts',
    named: 'SQLite',
  },
  {
    keeps: 'nothing is removed before its days are over',
    file: 'src/launcher/cleaner.ts',
    from: '  if (dueAt > now) return { wait: dueAt, message: null };\n',
    to: '',
    test: 'src/launcher/cleaner.real.test.ts',
    named: 'SQLite',
  },
];
