/** Passwords, sessions, links, proxies: promise 25. */
import type { Break } from './break.ts';

export const breaks: readonly Break[] = [
  {
    keeps: 'guesses that come all at once are guesses',
    file: 'src/actions/sign-in/brake.ts',
    from: '      for (const key of [here, address]) open.set(key, (open.get(key) ?? 0) + 1);\n',
    to: '',
    test: 'src/actions/sign-in/brake.test.ts',
  },
  {
    keeps: 'each failure makes the next wait longer, a minute at most',
    file: 'src/actions/sign-in/brake.ts',
    from: 'Math.min(maxWaitMs, 1000 * 2 **',
    to: 'Math.max(maxWaitMs, 1000 * 2 **',
    test: 'src/actions/sign-in/brake.test.ts',
  },
  {
    keeps: 'an address that tries many accounts is held back',
    file: 'src/actions/sign-in/brake.ts',
    from: 'Math.max(waitOf(here, free.here), waitOf(address, free.address))',
    to: 'waitOf(here, free.here)',
    test: 'src/actions/sign-in/brake.test.ts',
  },
  {
    keeps: 'nobody is locked out for good by guesses from elsewhere',
    file: 'src/actions/sign-in/brake.ts',
    from: '      here: `here ${place} ${account.toLowerCase()}`,',
    to: '      here: `here ${account.toLowerCase()}`,',
    test: 'src/actions/sign-in/brake.test.ts',
  },
  {
    keeps: 'the memory of failures has an end',
    file: 'src/actions/sign-in/brake.ts',
    from: '        if (failures.size <= maxEntries) break;',
    to: '        if (failures.size > 0) break;',
    test: 'src/actions/sign-in/brake.test.ts',
  },
];
