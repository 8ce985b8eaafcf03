/** Looking at runs, files and hosts; what is counted and recorded; which platforms there are. */
import type { Break } from './break.ts';

const platforms = {
  file: 'src/actions/clusters/platforms.ts',
  test: 'src/actions/clusters/platforms.test.ts',
};

export const breaks: readonly Break[] = [
  {
    ...platforms,
    keeps: 'a platform says whether this version launches on it',
    from: 'launchable: launchable.has(id) })),',
    to: 'launchable: true })),',
    named: 'all five are there',
  },
  {
    ...platforms,
    keeps: 'what cannot be done on a platform yet is told',
    from: 'warnings: launchable.has(id) ? [] : [notLaunchable(id)] };',
    to: 'warnings: [] };',
    named: 'its fields',
  },
  {
    ...platforms,
    keeps: 'no other platform exists',
    from: "    if (!isPlatform(id)) throw notFound('platform', id);\n",
    to: '',
    named: 'no other platform',
  },
  {
    keeps: 'what a transaction had written before it was undone counts for nothing',
    file: 'src/store/dialect/table-changes.ts',
    from: '    undone: () => uncommitted.clear(),\n',
    to: '    undone: () => {},\n',
    test: 'src/store/dialect/table-changes.test.ts',
    named: 'a transaction counts',
  },
];
