/** Labels as clients know them. */
import type { z } from 'zod';
import type { label } from '#contract/pipelines/labels.ts';
import { interpolated, isDynamic, type Label } from '#core/labels.ts';
import type { Run } from '#core/runs.ts';
import { iso } from './dates.ts';

type Wire = z.output<typeof label>;

export const wireLabel = (record: Label): Wire => ({
  id: record.id,
  name: record.name,
  value: record.value ?? undefined,
  resource: record.resource,
  isDefault: record.isDefault,
  isDynamic: isDynamic(record),
  isInterpolated: false,
  dateCreated: iso(record.createdAt),
});

/** Variables are known where there is a run. */
export const wireRunLabel = (record: Label, { id, sessionId }: Pick<Run, 'id' | 'sessionId'>): Wire => {
  const known = wireLabel(record);
  if (record.value === null || !isDynamic(record)) return known;
  return {
    ...known,
    value: interpolated(record.value, { workflowId: id, sessionId }),
    isInterpolated: true,
  };
};
