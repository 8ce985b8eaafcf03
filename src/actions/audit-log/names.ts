/** Records hold numbers; people want names: those that the numbers have today, where they still have one. */
import type { AuditRecord } from '#core/audit.ts';
import type { Store } from '#core/ports/store.ts';

export interface NamedRecord {
  record: AuditRecord;
  firstName: string | null;
  lastName: string | null;
  organisationName: string | null;
  workspaceName: string | null;
  userName: string | null;
}

/** Names are remembered while a file is written, but not without end. */
const mostNames = 5_000;

/** @returns names one record after the other, asking once for each number */
export const createNaming = (store: Pick<Store, 'organisations' | 'workspaces' | 'users'>) => {
  const known = new Map<string, unknown>();
  const once = async <Found>(kind: string, id: number | null, find: (id: number) => Promise<Found>) => {
    if (!id) return undefined;
    const key = `${kind} ${id}`;
    if (known.has(key)) return known.get(key) as Found;
    const found = await find(id);
    if (known.size >= mostNames) known.clear();
    known.set(key, found);
    return found;
  };

  return async (record: AuditRecord): Promise<NamedRecord> => {
    const { organisationId, workspaceId, userId } = record.target;
    const actor = await once('user', record.actor.userId, store.users.find);
    const organisation = await once('organisation', organisationId, store.organisations.find);
    const workspace = await once('workspace', workspaceId, store.workspaces.find);
    const user = await once('user', userId, store.users.find);
    return {
      record,
      firstName: actor?.firstName ?? null,
      lastName: actor?.lastName ?? null,
      organisationName: organisation?.name ?? null,
      workspaceName: workspace?.name ?? null,
      userName: user?.userName ?? null,
    };
  };
};
