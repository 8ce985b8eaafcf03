/** The reconcilers, on a cluster and a run table in memory. */
import { createCancelStep } from '#launcher/cancel.ts';
import { createFollowStep } from '#launcher/follow.ts';
import { createRunWriter } from '#launcher/run-writer.ts';
import { createSubmitStep } from '#launcher/submit.ts';
import type { fakeWorld } from './launcher-world.ts';

/** One reconciler of each phase. */
export const steps = (world: ReturnType<typeof fakeWorld>) => {
  const writer = createRunWriter(world.deps);
  return {
    submit: createSubmitStep(world.deps, writer),
    follow: createFollowStep(world.deps, writer),
    cancel: createCancelStep(world.deps, writer),
  };
};
