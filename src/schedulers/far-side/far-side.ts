/** Reads the constant scripts that run on clusters, and builds the texts and answers that every one of them has. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RemoteResult } from '#core/ports/cluster-access.ts';

/** A script of this room by folder and name (`lsf/status`), as people read it; for when the room is loaded. */
export const farSideFile = (name: string): string =>
  readFileSync(join(import.meta.dirname, '..', `${name}.sh`), 'utf8');

/** The same as it is sent: without comments, since a shell reads a script character by character. */
export const farSide = (name: string): string => farSideFile(name).replaceAll(/^ *#.*\n/gm, '');

export const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** Up to 300 characters of what a command complained about, on one line. */
export const complaint = (result: RemoteResult): string => {
  const said = (text(result.stderr).trim() || text(result.stdout).trim()).replaceAll(/\s+/g, ' ').slice(-300);
  const how = result.timedOut ? 'no answer in time' : `exit status ${result.exitCode}`;
  return said === '' ? how : `${said} (${how})`;
};

/** The `latchkey: KEY VALUE` lines in some output, in order. */
export const fieldsOf = (output: Uint8Array): [key: string, value: string][] =>
  text(output)
    .split('\n')
    .filter((line) => line.startsWith('latchkey: '))
    .map((line) => {
      const [, key = '', value = ''] = /^latchkey: (\S+) ?(.*)$/s.exec(line) ?? [];
      return [key, value];
    });

/** The lines of a whole answer; null when its end is missing. */
export const answerLines = (result: RemoteResult): [key: string, value: string][] | null => {
  const lines = result.truncated ? [] : fieldsOf(result.stdout);
  return lines.at(-1)?.[0] === 'end' ? lines : null;
};

/** The answer as fields; of repeated keys the last one counts. */
export const answerFields = (result: RemoteResult): Record<string, string> | null => {
  const lines = answerLines(result);
  return lines && Object.fromEntries(lines);
};
