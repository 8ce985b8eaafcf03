/**
 * Whose turn it is among those that come back to ask (submissions: a run that waits must hold nothing meanwhile). Fair among
 * members: who has had least within the window goes first, whoever asked first among those.
 */
import type { Window } from './window.ts';

/** Who has not asked for so long does not want it any more. */
const forgottenMs = 90_000;
/** So that the sentence stays true and a new budget is noticed soon. */
const longestWaitMs = 10_000;
const shortestWaitMs = 300;

export interface Turns {
  /** undefined: now, and it counts. Else come back in so many milliseconds. */
  ask(member: string, ticket: string, most: number): number | undefined;
  /** Uses what was granted. False: nothing was, or it was used. */
  use(ticket: string): boolean;
  waiting(): number;
}

export const createTurns = (window: Window, now: () => number): Turns => {
  /** Members in the order of their arrival; each with its tickets and when they were last asked for. */
  const members = new Map<string, Map<string, number>>();
  const granted = new Map<string, number>();

  const tidy = (): void => {
    const old = now() - forgottenMs;
    for (const [member, tickets] of members) {
      for (const [ticket, askedAt] of tickets) if (askedAt < old) tickets.delete(ticket);
      if (tickets.size === 0) members.delete(member);
    }
    for (const [ticket, at] of granted) if (at < old) granted.delete(ticket);
  };

  /** How many tickets go before this one. */
  const rankOf = (member: string, ticket: string): number => {
    const own = [...(members.get(member)?.keys() ?? [])].indexOf(ticket);
    const round = window.taken(now(), member) + own;
    let before = own;
    let earlier = true;
    for (const [other, tickets] of members) {
      if (other === member) {
        earlier = false;
        continue;
      }
      const rounds = round - window.taken(now(), other) + Number(earlier);
      before += Math.min(Math.max(rounds, 0), tickets.size);
    }
    return before;
  };

  return {
    ask(member, ticket, most) {
      if (granted.has(ticket)) return undefined;
      tidy();
      const tickets = members.get(member) ?? new Map<string, number>();
      tickets.set(ticket, now());
      members.set(member, tickets);
      const rank = rankOf(member, ticket);
      if (rank < window.free(member, most, now())) {
        window.take(member, now());
        tickets.delete(ticket);
        if (tickets.size === 0) members.delete(member);
        granted.set(ticket, now());
        return undefined;
      }
      const wait = window.freeIn(rank + 1, member, most, now());
      return Math.min(Math.max(wait, shortestWaitMs), longestWaitMs);
    },
    use: (ticket) => granted.delete(ticket),
    waiting: () => [...members.values()].reduce((count, tickets) => count + tickets.size, 0),
  };
};
