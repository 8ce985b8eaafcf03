/** Names of runs: one that is made up where nobody gave any, and whether one may be given. */
import { randomInt } from 'node:crypto';
import { conflict, isAppError } from '#core/errors.ts';
import { checkRunName } from '#core/names.ts';
import type { RunNameActions } from '#core/ports/run-actions.ts';
import type { Store } from '#core/ports/store.ts';
import type { AccessActions } from '../access.ts';

const adjectives =
  'agile amber brave bright calm clever cosmic crisp curious deep eager early fair gentle golden grand happy honest humble jolly keen kind lively lucid lucky mellow modest noble patient polite proud quick quiet rapid serene sharp silent silver smart steady sunny swift tidy tranquil vivid warm wise witty zealous'.split(
    ' ',
  );
const scientists =
  'avogadro babbage bassi bell blackwell bohr boole bose cannon carson celsius chandrasekhar crick curie darwin dijkstra dirac einstein elion euclid euler faraday fermat fermi feynman fourier franklin galilei gauss goodall hamilton hawking heisenberg hilbert hodgkin hopper huygens hypatia jemison joliot kepler kirch lamarr lattes laplace leavitt linnaeus lorenz lovelace mayer maxwell mcclintock meitner mendel mirzakhani nightingale nobel noether ohm pasteur pauling planck poincare ptolemy raman ramanujan ride rutherford sammet shannon stonebraker swanson tesla turing volta watson wiles wilson wright yonath'.split(
    ' ',
  );

const pick = (words: readonly string[]): string => words[randomInt(words.length)] ?? '';

/** An adjective and a scientist, as Nextflow's users know it. */
export const randomRunName = (): string => `${pick(adjectives)}_${pick(scientists)}`;

export interface RunNameDeps {
  store: Pick<Store, 'runs'>;
  access: Pick<AccessActions, 'workspaceScope'>;
}

export const createRunNameActions = ({ store, access }: RunNameDeps): RunNameActions => ({
  random: randomRunName,

  validate: async (caller, { runName = '', sessionId }) => {
    checkRunName(runName);
    if (sessionId === undefined) return;
    const [ofSession] = await store.runs.listOfSession(sessionId);
    if (!ofSession || !(await store.runs.nameTaken(sessionId, runName))) return;
    try {
      await access.workspaceScope(caller, 'workflow:read', 'run', { workflowId: ofSession.id });
    } catch (error) {
      // A session of others is as one that does not exist.
      if (isAppError(error)) return;
      throw error;
    }
    throw conflict(`runName: a run of session ${sessionId} is named ${runName} already; give another name`);
  },
});
