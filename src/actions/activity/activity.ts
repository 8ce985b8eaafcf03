/** `GET /identities/{id}/activity`: what a cluster was used for in the last day, member by member. */
import type { Clock } from '#core/clock.ts';
import type { ActivityActions, MemberActivity, Use } from '#core/ports/activity.ts';
import { commandKinds } from '#core/ports/cluster-access.ts';
import type { Store } from '#core/ports/store.ts';
import { findIdentity } from '../clusters/identities.ts';
import { hourMs, shownHours } from './hours.ts';

const nothing = (): Pick<MemberActivity, 'connections' | 'refusals' | 'commands'> => ({
  connections: 0,
  refusals: 0,
  commands: Object.fromEntries(commandKinds.map((kind) => [kind, 0])) as MemberActivity['commands'],
});

const put = (line: MemberActivity, { what, number }: Pick<Use, 'what' | 'number'>): void => {
  if (what === 'connection') line.connections = number;
  else if (what === 'refusal') line.refusals = number;
  else line.commands[what] = number;
};

export const createActivityActions = ({
  store,
  clock,
}: {
  store: Pick<Store, 'identities' | 'activity'>;
  clock: Clock;
}): ActivityActions => ({
  show: async (caller, scope, id) => {
    await findIdentity(store, scope, id);
    const until = clock.now();
    const fromHour = Math.floor(until / hourMs) - shownHours;
    const whose = scope.role === 'owner' ? undefined : caller.userId;
    const lines = new Map<string, MemberActivity>();
    for (const { bearer, userId, userName, ...use } of await store.activity.of(id, fromHour, whose)) {
      const key = `${bearer} ${userId}`;
      const line = lines.get(key) ?? { bearer, userId: userId || null, userName, ...nothing() };
      lines.set(key, line);
      put(line, use);
    }
    return { since: fromHour * hourMs, until, members: [...lines.values()] };
  },
});
