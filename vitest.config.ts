/** Three kinds of tests: units; single real parts (sshd, a database); and the whole road on one shared cluster. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.ts';

const real = ['src/**/*.real.test.ts', 'test/**/*.real.test.ts'];
const e2e = ['test/e2e/**/*.test.ts'];
const minutes = 60_000;
/** What needs a cluster computes for half of its time (measured), and waits for queues and files for the other. */
const waiting = 3;

/**
 * Servers, commands and providers are started some hundred times: what Node made of their sources is kept for this run,
 * which halves what a start costs (1.15 s of processor time without, 0.65 with).
 */
const compiled = join(import.meta.dirname, `node_modules/.cache/compiled-${process.pid}`);
process.on('exit', () => rmSync(compiled, { recursive: true, force: true }));

export default defineConfig({
  test: {
    env: { NODE_COMPILE_CACHE: compiled },
    // What only computes, on the two cores that CI has.
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
          exclude: [...real, ...e2e],
          testTimeout: 20_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'real',
          include: real,
          exclude: e2e,
          globalSetup: './test/support/shared-postgres.ts',
          testTimeout: minutes,
          hookTimeout: minutes,
          maxWorkers: waiting,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'e2e',
          include: e2e,
          globalSetup: './test/support/shared-cluster.ts',
          testTimeout: 5 * minutes,
          hookTimeout: 2 * minutes,
          maxWorkers: waiting,
          // Among the others: what waits for a cluster runs beside what computes.
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
