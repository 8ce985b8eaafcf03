/** Whatever a member's far side prints is read in bounded time: no pattern here takes longer than its text is long. */
import { describe, expect, test } from 'vitest';
import { answered } from '#test/support/far-side/run-command.ts';
import { parseRemains } from './files/remains.ts';
import { gridEngine } from './grid-engine/grid-engine.ts';
import { lsf } from './lsf/lsf.ts';
import { moab } from './moab/moab.ts';
import { pbsPro } from './pbs-pro/pbs-pro.ts';
import { slurm } from './slurm/slurm.ts';

const fill = (piece: string, size: number): string =>
  piece.repeat(Math.ceil(size / piece.length)).slice(0, size);

/** Beginnings that lead into a pattern, pieces that go on matching it, and ends that spoil it. */
const beginnings = [
  '', 'latchkey-slurm-job|1|u|', 'latchkey-slurm-job|1|u|R|', '1|u|', '1|u|A', '1|u|COMPLETED|0:0|x|y|', 'Job Id: ', 'Job Id: 1|Job_Name=',
  'JOBID \n1 u RUN q ', 'JOBID \n', '{\n', '<Data>', '<Data><job ', '<Data><job a="', '<job_list state="running">', '<job_list>\n<JB_name>',
  'Job <1>, ', 'jobnumber ', '==\njobnumber 1\n', 'latchkey: ',
]; // biome-ignore format: a table
const pieces = [
  'A', ' ', '\n', '|', '\\', '\\|', 'A_', '1', '1 ', 'a=', 'a="', 'x ', '\t\n', '<', '<job ', '<job a="b" ', '<job_list ', '<job_list>', '</job_list>',
  '<JB_name>', '&', '&#1', '&a', '<Data>', '</Data> ', '</Data>', 'ERROR', 'Signal <A> requested by user or administrator <', 'TERM_', 'Completed <exit>',
  'Exited by signal ', 'Exited with exit code ', 'Job <1>, User <', 'Job <1>\n', 'Job <1>, Status <', '=\n', '==============\n', 'Job Id: ', 'JOBID \n', 'No job found',
  '{', '[', '"', 'latchkey: ', 'latchkey: x ', 'latchkey: end ', 'latchkey: end\n', 'Jan 1 00:00 ', 'Mon Jan  1 00:00:00: ', '; ', 'a b c d e f\n',
]; // biome-ignore format: a table

/** CPU milliseconds, for others work on the same machine. */
const costOf = (work: () => unknown): number => {
  const before = process.cpuUsage();
  try {
    work();
  } catch {
    // Refusing is an answer.
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
};

const parsers = [
  ...[slurm, lsf, pbsPro, gridEngine, moab].flatMap((driver) => [
    { name: `${driver.executor} status`, parse: driver.parseStatus, end: 'latchkey: squeue 0\n' },
    { name: `${driver.executor} accounting`, parse: driver.parseAccounting, end: 'latchkey: sacct 0\n' },
  ]),
  { name: 'submission', parse: slurm.parseSubmit, end: '' },
  { name: 'probe', parse: slurm.parseProbe, end: '' },
  { name: 'remains', parse: parseRemains, end: '' },
];

describe('hostile text is read in the time that its length takes', () => {
  // Each pair with 10 KB, where a pattern that grows with the square takes 100 ms; the slowest ones with 1 MB, which on a quiet machine take less than 200 ms.
  test.each(parsers)('$name', ({ parse, end }) => {
    const cost = (beginning: string, piece: string, size: number): number => {
      const text = `${beginning}${fill(piece, size)}\n${end}latchkey: asked 0\nlatchkey: end\n`;
      return costOf(() => parse(answered(text)));
    };
    const pairs = beginnings.flatMap((beginning) =>
      pieces.map((piece) => ({ beginning, piece, took: cost(beginning, piece, 10_000) })),
    );
    const slowest = pairs.toSorted((a, b) => b.took - a.took).slice(0, 3);
    for (const { beginning, piece } of slowest) {
      // The best of some: the first time may have compiled, or cleaned up after others.
      const small = Math.min(...[1, 2, 3].map(() => cost(beginning, piece, 10_000)));
      expect(small, JSON.stringify([beginning, piece])).toBeLessThan(25);
      const large = Math.min(...[1, 2, 3].map(() => cost(beginning, piece, 1_000_000)));
      expect(large, JSON.stringify([beginning, piece])).toBeLessThan(600);
    }
  });
});
