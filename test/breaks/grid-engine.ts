/** Grid Engine: states, endings, refusals. */
import type { Break } from './break.ts';

const file = 'src/schedulers/grid-engine/grid-engine.ts';
const answers = { file, test: 'src/schedulers/answers.test.ts', named: 'Grid Engine' };
const endings = { file, test: 'src/schedulers/endings.test.ts', named: 'Grid Engine' };
const options = { file, test: 'src/schedulers/slurm/options.test.ts', named: 'each platform' };

export const breaks: readonly Break[] = [
  {
    ...answers,
    keeps: 'Grid Engine: a job in state E has failed, whatever other letters stand with it',
    from: "  if (letters.includes('E')) return 'failed';\n  if (/[SsTN]/",
    to: '  if (/[SsTN]/',
  },
  {
    ...answers,
    keeps: 'Grid Engine: a suspension by a threshold (T) is one',
    from: "  if (/[SsTN]/.test(letters)) return 'held';",
    to: "  if (/[SsN]/.test(letters)) return 'held';",
  },
  {
    ...answers,
    keeps: 'Grid Engine: a job that runs with a hold on it (hr) runs',
    from: "  if (/[rtd]/.test(letters)) return 'running';\n  if (letters.includes('h')) return 'held';",
    to: "  if (letters.includes('h')) return 'held';\n  if (/[rtd]/.test(letters)) return 'running';",
  },
  {
    ...answers,
    keeps: 'Grid Engine: a letter that is new belongs to a job that exists',
    from: "return /[qw]/.test(letters) ? 'pending' : 'running';",
    to: "return /[rtd]/.test(letters) ? 'running' : 'pending';",
  },
  {
    ...answers,
    keeps: 'Grid Engine: a held job says why',
    from: "return letters.includes('h') ? `held (${letters})` : null;",
    to: 'return null;',
  },
  {
    ...answers,
    keeps: 'Grid Engine: an XML answer without its end is no answer',
    from: String.raw`!/<\/job_info>\s*$/.test(xml) || `,
    to: '',
  },
  {
    ...answers,
    keeps: 'Grid Engine: a qstat that failed never reads as "no jobs"',
    from: String.raw`if (status !== 0 || !/<\/job_info>`,
    to: String.raw`if (!/<\/job_info>`,
  },
  {
    ...answers,
    keeps: 'Grid Engine: parts of job arrays of others are read past, not choked on',
    from: 'if (!jobId || !nativeState) throw',
    to: String.raw`if (!/^\d+$/.test(jobId ?? '') || !nativeState) throw`,
  },
  {
    ...endings,
    keeps: 'Grid Engine: who deleted a job is told, and it counts as cancelled',
    from: String.raw`  if (row['deleted_by'] && !/^(NONE|undefined)?$/i.test(row['deleted_by'].trim()))`,
    to: "  if (row['deleted_by'] === 'root')",
  },
  {
    ...endings,
    keeps: 'Grid Engine: a job that died by a signal has that signal',
    from: 'signal: exit > 128 ? exit - 128 : null',
    to: 'signal: null',
  },
  {
    ...endings,
    keeps: 'Grid Engine: "failed" other than 0 is a failure, though the script ended with 0',
    from: "if (failed === 0) return { ...common, state: exit === 0 ? 'completed' : 'failed' };",
    to: "if (failed === 0 || exit === 0) return { ...common, state: exit === 0 ? 'completed' : 'failed' };",
  },
  {
    ...endings,
    keeps: 'Grid Engine: the end by memory is told from the end by time',
    from: String.raw`if (failed === 37 && /\b(h_vmem|h_rss|s_vmem)=/.test(category))`,
    to: String.raw`if (failed === 37 && /\bmem_free=/.test(category))`,
  },
  {
    ...endings,
    keeps: 'Grid Engine: a wall-clock limit in hours, minutes and seconds is told apart',
    from: 'sum * 60 + Number(part)',
    to: 'Number(part)',
  },
  {
    ...endings,
    keeps: 'Grid Engine: an accounting that failed is not one that knows nothing',
    from: '  if (status !== 0) throw new Error(`qacct failed: ${stderr.trim()}`);\n',
    to: '',
  },
  {
    ...options,
    keeps: 'Grid Engine: -pe takes two words',
    from: "[2, '-pe'],",
    to: "[1, '-pe'],",
  },
  {
    ...options,
    keeps: 'Grid Engine: a submission that waits for its job is refused',
    from: '-S -sync -t',
    to: '-S -t',
  },
];
