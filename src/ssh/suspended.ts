/** Clusters that their owners have stopped: refused here, whatever was decided a moment ago elsewhere. */
import { AppError } from '#core/errors.ts';
import type { ClusterTarget } from '#core/ports/cluster-access.ts';

type Reached = Pick<ClusterTarget, 'clusterKey' | 'through'>;

export interface Suspended {
  /** Exactly these. @returns what is said of each */
  set(clusters: ReadonlyMap<string, string>): Map<string, AppError>;
  names(target: Reached): boolean;
  /** @throws AppError `cluster_suspended` */
  check(target: Reached): void;
}

/** The cluster itself, and those whose keys open the way to it. */
const clustersOf = (target: Reached): string[] => [
  target.clusterKey,
  ...(target.through ?? []).flatMap((host) => host.keysOf ?? []),
];

export const createSuspended = (): Suspended => {
  let stopped: ReadonlyMap<string, string> = new Map();
  const errorOf = (sentence: string) => new AppError('cluster_suspended', 409, sentence);
  return {
    set(clusters) {
      stopped = new Map(clusters);
      return new Map([...stopped].map(([key, sentence]) => [key, errorOf(sentence)]));
    },
    names: (target) => clustersOf(target).some((key) => stopped.has(key)),
    check(target) {
      for (const key of clustersOf(target)) {
        const sentence = stopped.get(key);
        if (sentence !== undefined) throw errorOf(sentence);
      }
    },
  };
};
