/** What all calls share: the definition that is meant, collected diagnostics, and no exception that escapes. */
import { type Diagnostic, encodeDiagnostic, explain, type Path } from '../diagnostics.ts';
import type { Log } from '../log.ts';
import { type Placed, placeOf } from '../place.ts';
import type { Context } from '../resource.ts';
import type { ValueMap } from '../values/value.ts';

export interface Collected {
  say: Context['say'];
  /** As the protocol has them. */
  encoded(): object[];
  failed(): boolean;
}

/** What is said in one call, in its order. */
export const collect = (): Collected => {
  const diagnostics: Diagnostic[] = [];
  return {
    say: (diagnostic) => void diagnostics.push(diagnostic),
    encoded: () => diagnostics.map(encodeDiagnostic),
    failed: () => diagnostics.some(({ severity }) => severity === 'ERROR'),
  };
};

/** Does the work; what goes wrong is said, and the answer is then `otherwise`. */
export const attempt = async <Result, Otherwise>(
  what: string,
  placed: Placed,
  { say }: Pick<Collected, 'say'>,
  log: Log,
  work: () => Promise<Result> | Result,
  otherwise: Otherwise,
  config?: ValueMap,
): Promise<Result | Otherwise> => {
  try {
    return await work();
  } catch (error) {
    const diagnostic = explain(error, what, (problem) => placeOf(placed, problem, config));
    log('error', `cannot ${what}`, pathField(diagnostic.path));
    say(diagnostic);
    return otherwise;
  }
};

const pathField = (path: Path | undefined) => (path?.length ? { attribute: path.join('.') } : {});

/** @throws Error for a type that is not ours: Terraform has read our schema and asks for nothing else */
export const definitionOf = <Definition>(all: ReadonlyMap<string, Definition>, noun: string): Definition => {
  const found = all.get(noun);
  if (!found) throw new Error(`unknown type ${noun}`);
  return found;
};
