/** Promises of the platform as a whole: 23 and 28. */
import type { Break } from './break.ts';

export const breaks: readonly Break[] = [
  {
    keeps: 'promise 23: a change that a full disk refused is said to be refused, and why',
    file: 'src/store/errors.ts',
    from: "      return unavailable('The disk of the database is full: make space, then try again', error);\n",
    to: '      return error;\n',
    test: 'src/store/dialect/full-disk.real.test.ts',
  },
  {
    keeps: 'promise 28: what the server itself refuses is answered below 500',
    file: 'src/api/problems.ts',
    from: '  if (refused) return refused;\n',
    to: '',
    test: 'src/api/fuzz.real.test.ts',
    named: 'SQLite.*promise 28',
  },
];
