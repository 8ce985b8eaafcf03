/** How much of a cluster is used at most, as owners set it and as it is shown. */
import { z } from 'zod';
import { budgetBounds, type ClusterBudget } from '#core/budgets.ts';
import { number, optional, whole } from './fields.ts';

const within = (name: keyof ClusterBudget) => optional(whole(...budgetBounds[name]));

/** Replaces what was set before: what is left out is the default, and a name that does not exist is an error. */
export const budget = z.strictObject({
  connections: within('connections'),
  connectionsPerMinute: within('connectionsPerMinute'),
  commandsPerSecond: within('commandsPerSecond'),
  submissionsPerMinute: within('submissionsPerMinute'),
  logBytesPerSecond: within('logBytesPerSecond'),
});

export const fullBudget = z.object({
  connections: number,
  connectionsPerMinute: number,
  commandsPerSecond: number,
  submissionsPerMinute: number,
  logBytesPerSecond: number,
});
