/**
 * Reports that wait, as this process took them in: whoever merges them here need not read their text again. A copy and
 * no more: what is not here, after a restart or from another process, is read from the database.
 */
import type { WaitingBatch } from './waiting.ts';

/** Characters of text that batches would take; about as many bytes of memory, or twice as many. */
const mostHeld = 16 * 1024 * 1024;

interface Held {
  batch: WaitingBatch;
  length: number;
}

export const createHeldReports = (limit = mostHeld) => {
  const runs = new Map<string, Map<string, Held>>();
  let total = 0;

  const forget = (runId: string): void => {
    for (const { length } of runs.get(runId)?.values() ?? []) total -= length;
    runs.delete(runId);
  };

  return {
    /** @param length of the text under this key */
    hold: (runId: string, key: string, batch: WaitingBatch, length: number): void => {
      const held = runs.get(runId) ?? new Map<string, Held>();
      held.set(key, { batch, length });
      // The run that reported last is the last to be forgotten.
      runs.delete(runId);
      runs.set(runId, held);
      total += length;
      for (const oldest of runs.keys()) {
        if (total <= limit) break;
        forget(oldest);
      }
    },

    /** As they are now, whatever is forgotten later. */
    of: (runId: string): Map<string, WaitingBatch> =>
      new Map([...(runs.get(runId) ?? [])].map(([key, { batch }]) => [key, batch])),

    forget,
  };
};
