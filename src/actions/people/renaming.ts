/**
 * Another user name or e-mail address. Others invite people by these, and nothing proves that an address is somebody's:
 * whoever could change their own could be taken for somebody else. So it is the operator's business.
 */
import type { Caller } from '#core/caller.ts';
import type { Clock } from '#core/clock.ts';
import { badRequest, notFound } from '#core/errors.ts';
import type { User } from '#core/people.ts';
import type { Store } from '#core/ports/store.ts';
import { auditEvent } from '../audit.ts';
import { checkEmail, checkUserName } from './users.ts';

export const createRenaming =
  ({ store, clock }: { store: Pick<Store, 'transaction'>; clock: Clock }) =>
  /**
   * Everything of the person's stays theirs; the name they had is free again.
   * @param who user name or e-mail address
   * @throws AppError 400 for a bad one or none, 404 for nobody, 409 for one that is taken
   */
  async (caller: Caller, who: string, wanted: { userName?: string; email?: string }): Promise<User> => {
    if (wanted.userName !== undefined) checkUserName(wanted.userName);
    if (wanted.email !== undefined) checkEmail(wanted.email);
    if (wanted.userName === undefined && wanted.email === undefined)
      throw badRequest('Say what to change: the user name, the e-mail address, or both');
    return store.transaction(async (tables) => {
      const user = await tables.users.findByNameOrEmail(who);
      if (!user) throw notFound('user', who);
      const changed = { ...user, ...wanted };
      const target = { type: 'user', id: user.id, name: changed.userName, userId: user.id };
      const namesOf = ({ userName, email }: User) => ({ userName, email });
      await tables.users.update(user.id, wanted);
      const state = { previousState: namesOf(user), newState: namesOf(changed) };
      await tables.audit.append(auditEvent(caller, { event: 'user_updated', target, state }), clock.now());
      return changed;
    });
  };

export type Renaming = ReturnType<typeof createRenaming>;
