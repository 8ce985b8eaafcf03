/** Reading the audit log: who did what, from where, to what. Nothing is ever written through these. */
import { z } from 'zod';
import { id, idOrZero, moment, number, optional, text, time, whole } from './fields.ts';
import { defineRoute } from './route.ts';

const named = z.object({ id: number, name: z.string().optional() });
const status = z.enum(['RECORDED', 'UNAPPLICABLE']);
/** As it was then; what was secret or large is there as a hash. */
const image = z.record(z.string(), z.unknown());

export const auditLog = z.object({
  id: z.string(),
  timestamp: moment,
  event: z.string(),
  correlationId: z.string(),
  actor: z.object({
    type: z.enum(['user', 'system']),
    userId: number.optional(),
    userName: z.string().optional(),
    email: z.string().optional(),
    firstName: z.string().optional(),
    lastName: z.string().optional(),
    isRoot: z.boolean(),
  }),
  client: z.object({
    ip: z.string().optional(),
    userAgent: z.string().optional(),
    accessTokenId: number.optional(),
  }),
  target: z.object({
    type: z.string(),
    id: z.string(),
    name: z.string().optional(),
    context: z.enum(['User', 'Organization', 'Workspace', 'System']),
    organization: named.optional(),
    workspace: named.optional(),
    user: named.optional(),
    state: z.object({
      previousState: image.optional(),
      newState: image.optional(),
      metadata: z.looseObject({
        contentRequested: z.boolean(),
        preStateStatus: status,
        postStateStatus: status,
      }),
    }),
  }),
});

/** `attributes=state`, once, as a list, or parted by commas. */
const attributes = optional(
  z
    .union([text(200), z.array(text(200)).max(10)])
    .transform((given) => [given].flat().flatMap((part) => part.split(',')))
    .refine((parts) => parts.every((part) => part.trim() === 'state'), 'must be state'),
);

const filters = {
  attributes,
  timestampAfterOrEqual: optional(time),
  timestampBeforeOrEqual: optional(time),
  /** Ours: of one organisation alone. */
  orgId: optional(idOrZero),
};

const reading = { method: 'GET', permission: 'signed-in', scope: 'user', scopedTokens: true } as const;
const whose = 'of the organisations that the user who asks owns, and what else concerns that user alone';

export const listAuditLogs = defineRoute({
  ...reading,
  operationId: 'ListAuditLogsV2',
  path: '/admin/audit-logs-v2',
  summary: `Records ${whose}; newest first`,
  query: z.object({ ...filters, nextPageToken: optional(text(100)), max: optional(whole(1, 1000)) }),
  response: { 200: z.object({ auditLogs: z.array(auditLog), nextPageToken: z.string().optional() }) },
});

export const exportAuditLogs = defineRoute({
  ...reading,
  operationId: 'ExportAuditLogsV2Csv',
  path: '/admin/audit-logs-v2/export-csv',
  summary: `Records ${whose}, as one CSV file without an end to its length`,
  query: z.object(filters),
  response: { 200: 'bytes' },
});

export const describeAuditLog = defineRoute({
  ...reading,
  operationId: 'DescribeAuditLogV2',
  path: '/admin/audit-logs-v2/{auditLogId}',
  summary: 'One record',
  params: z.object({ auditLogId: id }),
  query: z.object({ attributes }),
  response: { 200: auditLog },
});
