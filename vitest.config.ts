/** Three kinds of tests: units; single real parts (sshd, a database); and the whole road on one shared cluster. */
import { defineConfig } from 'vitest/config';

const real = ['src/**/*.real.test.ts', 'test/**/*.real.test.ts'];
const e2e = ['test/e2e/**/*.test.ts'];
const minutes = 60_000;

export default defineConfig({
  test: {
    // Two workers fit the two cores that CI has; real parts take most of what is left.
    maxWorkers: 2,
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
          testTimeout: minutes,
          hookTimeout: minutes,
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
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
