/** A name for a run that nobody named: an adjective and a scientist, as Nextflow's users know it. */
import { randomInt } from 'node:crypto';

const adjectives =
  'agile amber brave bright calm clever cosmic crisp curious deep eager early fair gentle golden grand happy honest humble jolly keen kind lively lucid lucky mellow modest noble patient polite proud quick quiet rapid serene sharp silent silver smart steady sunny swift tidy tranquil vivid warm wise witty zealous'.split(
    ' ',
  );
const scientists =
  'avogadro babbage bassi bell blackwell bohr boole bose cannon carson celsius chandrasekhar crick curie darwin dijkstra dirac einstein elion euclid euler faraday fermat fermi feynman fourier franklin galilei gauss goodall hamilton hawking heisenberg hilbert hodgkin hopper huygens hypatia jemison joliot kepler kirch lamarr lattes laplace leavitt linnaeus lorenz lovelace mayer maxwell mcclintock meitner mendel mirzakhani nightingale nobel noether ohm pasteur pauling planck poincare ptolemy raman ramanujan ride rutherford sammet shannon stonebraker swanson tesla turing volta watson wiles wilson wright yonath'.split(
    ' ',
  );

const pick = (words: readonly string[]): string => words[randomInt(words.length)] ?? '';

export const randomRunName = (): string => `${pick(adjectives)}_${pick(scientists)}`;
