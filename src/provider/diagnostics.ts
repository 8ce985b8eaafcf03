/** What is said to a person: a headline, a sentence, and the place in their configuration that it is about. */
import { type ClientProblem, isProblem } from '#client/problem.ts';

/** Names of attributes and numbers of list elements, from the outside in. */
export type Path = readonly (string | number)[];

export interface Diagnostic {
  severity: 'ERROR' | 'WARNING';
  summary: string;
  detail: string;
  path?: Path;
}

/** As the protocol has it. */
export const encodeDiagnostic = ({ severity, summary, detail, path }: Diagnostic): object => ({
  severity,
  summary,
  detail,
  ...(path && { attribute: encodePath(path) }),
});

/** The same of a place alone. */
export const encodePath = (path: Path): object => ({
  steps: path.map((step) =>
    typeof step === 'string' ? { attribute_name: step } : { element_key_int: step },
  ),
});

/** What is written does not go together: said at one of the attributes, which the sentence begins with. */
export const clash = (path: Path, detail: string): Diagnostic => ({
  severity: 'ERROR',
  summary: 'Invalid combination',
  detail: `${path.findLast((step) => typeof step === 'string')}: ${detail}`,
  path,
});

/** An error that is about one place, thrown where it is found. */
export class AtPlace extends Error {
  readonly path: Path;

  constructor(path: Path, message: string) {
    super(message);
    this.name = 'AtPlace';
    this.path = path;
  }
}

const headlines: Record<number, string> = {
  400: 'The server refuses this value',
  401: 'The server does not know this token',
  403: 'The token does not allow this',
  404: 'The server does not know this',
  409: 'The server has a conflict',
  424: 'The cluster failed',
  429: 'The server is busy',
  503: 'The server is busy',
};

const headlineOf = (problem: ClientProblem): string => {
  switch (problem.kind) {
    case 'unreachable':
    case 'untrusted':
      return 'The server cannot be reached';
    case 'unknown':
      return 'The server did not answer';
    case 'unintelligible':
      return 'This is not understood';
    case 'cancelled':
      return 'Stopped';
    case 'refused':
      return headlines[problem.status] ?? 'The server failed';
  }
};

/** What stands in the way, one per line: who reads this may not have the console at hand. */
const conflictLines = ({ conflicts }: ClientProblem): string =>
  conflicts.map(({ name, id, url }) => `\n  - ${name} (${id}): ${url}`).join('');

const trustHint = ({ kind }: ClientProblem): string =>
  kind === 'untrusted'
    ? '\nGive the certificate of the authority that has issued it in ca_certificate of the provider.'
    : '';

const importHint = (what: string, { status, message }: ClientProblem): string =>
  status === 409 && what.startsWith('create') && / already\b/.test(message)
    ? '\nTo manage here what is there already, import it.'
    : '';

/** A problem as a person should read it; `place` finds what it is about, for problems that name no place themselves. */
export const explain = (
  error: unknown,
  what: string,
  place: (problem: ClientProblem) => Path | undefined,
): Diagnostic => {
  if (error instanceof AtPlace)
    return { severity: 'ERROR', summary: `Cannot ${what}`, detail: error.message, path: error.path };
  if (!isProblem(error)) {
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { severity: 'ERROR', summary: `Cannot ${what}: a fault of this provider`, detail };
  }
  const path = place(error);
  return {
    severity: 'ERROR',
    summary: `Cannot ${what}. ${headlineOf(error)}`,
    detail: `${error.message}${conflictLines(error)}${importHint(what, error)}${trustHint(error)}`,
    ...(path && { path }),
  };
};
