/** One cluster for all end-to-end files of a run: started before the first, gone after the last. */
import type { TestProject } from 'vitest/node';
import { type ClusterFacts, startCluster } from './cluster.ts';

declare module 'vitest' {
  interface ProvidedContext {
    cluster: ClusterFacts;
  }
}

export const setup = async (project: TestProject): Promise<() => Promise<void>> => {
  const cluster = await startCluster({
    users: { alice: {}, bob: {}, tina: { shell: '/bin/tcsh' }, finn: { shell: '/usr/bin/fish' } },
  });
  project.provide('cluster', cluster.facts);
  return cluster.stop;
};
