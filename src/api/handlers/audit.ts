/** Reading the audit log. */
import * as audit from '#contract/audit.ts';
import type { Actions } from '../actions.ts';
import { type Binding, bind } from '../exchange.ts';
import { wireAuditLog } from '../wire/audit.ts';

interface AuditQuery {
  orgId?: number;
  timestampAfterOrEqual?: number;
  timestampBeforeOrEqual?: number;
}

const filterOf = ({ orgId, timestampAfterOrEqual: after, timestampBeforeOrEqual: before }: AuditQuery) => ({
  orgId,
  after,
  before,
});

export const auditHandlers = ({ auditLog }: Pick<Actions, 'auditLog'>): Binding[] => [
  bind(audit.listAuditLogs, async ({ caller, query: { attributes, max, nextPageToken, ...query } }) => {
    const page = { ...(max && { max }), ...(nextPageToken && { nextPageToken }) };
    const found = await auditLog.list(caller, { ...filterOf(query), ...page });
    const auditLogs = found.rows.map((row) => wireAuditLog(row, attributes !== undefined));
    return { auditLogs, nextPageToken: found.nextPageToken };
  }),
  bind(audit.exportAuditLogs, ({ caller, query: { attributes, ...query } }) =>
    auditLog.export(caller, filterOf(query), attributes !== undefined),
  ),
  bind(audit.describeAuditLog, async ({ caller, params, query: { attributes } }) =>
    wireAuditLog(await auditLog.describe(caller, params.auditLogId), attributes !== undefined),
  ),
];
