/** Keys and what proves them: on a cluster, made here, tried too often, over jump hosts; a status reader's. */
import type { Break } from './break.ts';

const jumps = {
  file: 'src/actions/clusters/jump-hosts.ts',
  test: 'src/actions/clusters/jump-hosts.real.test.ts',
};

export const breaks: readonly Break[] = [
  {
    ...jumps,
    keeps: 'a key for a jump host is in use as the cluster’s own is',
    file: 'src/store/runs.ts',
    from: '        if (further.size === 0) return;\n',
    to: '        if (further.size >= 0) return;\n',
    named: 'is not deleted under a run',
  },
];
