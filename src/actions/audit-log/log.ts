/**
 * Reading the audit log. Owners see what concerns their organisations; what belongs to none (sign-ins, tokens, a new
 * password, the personal context) is seen by the person alone whom it concerns: an owner learns nothing of what their
 * members do elsewhere. What concerns nobody known (a sign-in under a name that does not exist) is for the operator.
 */
import type { AuditRecord } from '#core/audit.ts';
import type { Caller } from '#core/caller.ts';
import { badRequest, forbidden, notFound } from '#core/errors.ts';
import type { FileStream } from '#core/ports/file-stream.ts';
import type { AuditCursor, AuditQuery, AuditWalls, Store } from '#core/ports/store.ts';
import { organisationRoleAllows } from '#core/roles.ts';
import { reachesPersonal, reachesWholeOrganisation } from '#core/token-grants.ts';
import { auditCsv } from './csv.ts';
import { createNaming, type NamedRecord } from './names.ts';

export interface AuditLogDeps {
  store: Pick<Store, 'audit' | 'organisations' | 'workspaces' | 'users'>;
}

export interface AuditFilter {
  orgId?: number | undefined;
  after?: number | undefined;
  before?: number | undefined;
}

const exportPage = 500;

const writeCursor = ({ timestamp, id }: AuditCursor): string =>
  Buffer.from(`${timestamp}.${id}`).toString('base64url');

const readCursor = (token: string): AuditCursor => {
  const [, timestamp, id] = /^(\d{1,15})\.(\d{1,15})$/.exec(Buffer.from(token, 'base64url').toString()) ?? [];
  if (timestamp && id) return { timestamp: Number(timestamp), id: Number(id) };
  throw badRequest('nextPageToken: is not one that this service gave', { field: 'nextPageToken' });
};

const isWithin = (walls: AuditWalls, { target, actor }: AuditRecord): boolean =>
  target.organisationId
    ? walls.organisationIds.includes(target.organisationId)
    : walls.userId !== null && (target.userId ?? actor.userId) === walls.userId;

export const createAuditLog = ({ store }: AuditLogDeps) => {
  /** @throws AppError 404 for an organisation that is not the caller's, 403 for one that the caller does not own */
  const wallsOf = async (caller: Caller, orgId: number | undefined): Promise<AuditWalls> => {
    const all = await store.organisations.listOfUser(caller.userId);
    const mine = all.filter(({ organisation: { id } }) => reachesWholeOrganisation(caller.grant, id));
    const readable = mine.filter(({ member: { role } }) => organisationRoleAllows(role, 'audit:read'));
    const organisationIds = readable.map(({ organisation: { id } }) => id);
    if (!orgId) return { organisationIds, userId: reachesPersonal(caller.grant) ? caller.userId : null };
    if (!mine.some(({ organisation: { id } }) => id === orgId)) throw notFound('organisation', orgId);
    if (!organisationIds.includes(orgId))
      throw forbidden('The audit log of an organisation is for its owners');
    return { organisationIds: [orgId], userId: null };
  };

  const naming = () => createNaming(store);

  const named = async (records: readonly AuditRecord[], name = naming()): Promise<NamedRecord[]> => {
    const rows: NamedRecord[] = [];
    for (const record of records) rows.push(await name(record));
    return rows;
  };

  /** Page after page; new records that come meanwhile stay out, for they come before the first. */
  async function* pages(query: Omit<AuditQuery, 'max' | 'beyond'>): AsyncGenerator<NamedRecord[]> {
    const name = naming();
    let beyond: AuditCursor | undefined;
    for (;;) {
      const records = await store.audit.page({ ...query, beyond, max: exportPage });
      if (records.length > 0) yield await named(records, name);
      if (records.length < exportPage) return;
      beyond = records.at(-1);
    }
  }

  return {
    /** Newest first. */
    async list(
      caller: Caller,
      {
        orgId,
        after,
        before,
        max = 25,
        nextPageToken,
      }: AuditFilter & { max?: number; nextPageToken?: string },
    ): Promise<{ rows: NamedRecord[]; nextPageToken: string | undefined }> {
      const walls = await wallsOf(caller, orgId);
      const beyond = nextPageToken === undefined ? undefined : readCursor(nextPageToken);
      const records = await store.audit.page({ walls, after, before, beyond, max: max + 1 });
      const rows = await named(records.slice(0, max));
      const last = rows.at(-1)?.record;
      return { rows, nextPageToken: records.length > max && last ? writeCursor(last) : undefined };
    },

    /** @throws AppError 404 for a record that does not exist, or that the caller may not see */
    async describe(caller: Caller, id: number): Promise<NamedRecord> {
      const record = await store.audit.find(id);
      if (!record || !isWithin(await wallsOf(caller, undefined), record)) throw notFound('audit log', id);
      return naming()(record);
    },

    /** All of them, read and sent piece by piece. */
    async export(
      caller: Caller,
      { orgId, after, before }: AuditFilter,
      withState: boolean,
    ): Promise<FileStream> {
      const walls = await wallsOf(caller, orgId);
      return {
        fileName: 'audit-logs.csv',
        contentType: 'text/csv; charset=utf-8',
        stream: auditCsv(pages({ walls, after, before }), withState),
      };
    },
  };
};

export type AuditLogActions = ReturnType<typeof createAuditLog>;
