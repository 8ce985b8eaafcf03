/** What somebody else has deleted: a state says so, a change fails over it, and a deletion has nothing left to do. */
import { isProblem } from '#client/problem.ts';
import { AtPlace } from '../diagnostics.ts';

/** Null for what the server does not know any more; a proxy's 404 is no word of the server's. */
export const orGone = async <Found>(asked: Promise<Found>): Promise<Found | null> =>
  asked.catch((error: unknown) => {
    if (isProblem(error, 404) && error.kind === 'refused') return null;
    throw error;
  });

/** What must be there, for it has just been made or changed. @throws AtPlace at the attribute that names it */
export const stillThere = <Found>(found: Found | null, attribute: string, noun: string): Found => {
  if (found === null)
    throw new AtPlace([attribute], `The ${noun} is gone again: somebody has deleted it meanwhile`);
  return found;
};
