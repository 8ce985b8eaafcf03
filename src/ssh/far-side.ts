/** Brings the far-side helpers into the form in which they are sent: one text for `/bin/sh`. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { ClusterTarget, ReaderTarget } from '#core/ports/cluster-access.ts';
import { shellQuote } from '#core/quote.ts';

const read = (name: string): string => readFileSync(new URL(`./far-side/${name}`, import.meta.url), 'utf8');

/** Strips whole-line comments and indentation; both files are written so that this is safe. */
const compact = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .join('\n');

const perlHelper = shellQuote(compact(read('helper.pl')));
const shellHelper = compact(read('fallback.sh'));

/**
 * The only words the login shell gets to see: they mean the same in every shell. A status reader's session begins with
 * the one command that answers its questions; no shell of ours is ever in it.
 */
export const sessionCommandOf = (target: ClusterTarget | ReaderTarget): string =>
  'readerCommand' in target ? target.readerCommand : 'exec /bin/sh';

export interface Bootstrap {
  /** To be written to the session's standard input; nothing else before the hello has come back. */
  text: string;
  /** What the hello ends with. It stands nowhere in `text` in one piece, so an echo cannot fake it. */
  nonce: string;
}

/** @param loginLimitMs how long the member's login may take before commands go on without its environment */
export const createBootstrap = (loginLimitMs: number, usePerl = true): Bootstrap => {
  const nonce = randomBytes(24).toString('hex');
  const [a, b] = [nonce.slice(0, 24), nonce.slice(24)];
  const seconds = Math.ceil(loginLimitMs / 1000);
  const text = [
    // A start-up file with `read` takes the empty line instead of ours.
    '',
    'exec 2>/dev/null',
    'unset PERL5OPT PERL5DB PERL5LIB PERL_UNICODE ENV BASH_ENV',
    ...(usePerl ? [`command -v perl >/dev/null && exec perl -e ${perlHelper} ${a} ${b} ${seconds}`] : []),
    `LK_A=${a} LK_B=${b} LK_T=${seconds}`,
    shellHelper,
    '',
  ].join('\n');
  return { text, nonce };
};
