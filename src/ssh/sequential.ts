/** What is said to the far side where there is no perl: lines for a shell (far-side/fallback.sh). */
import type { RemoteCommand } from '#core/ports/cluster-access.ts';
import { shellQuote } from '#core/quote.ts';
import { defaultMaxOutput } from './limits.ts';

/** All output comes at the end and in one piece: nothing larger than this is sent. */
export const sequentialWindow = 64 << 20;

const octalPiece = 4_096;

const octal = (bytes: Uint8Array): string => {
  let text = '';
  for (const byte of bytes) text += `\\${byte.toString(8).padStart(3, '0')}`;
  return text;
};

const quoteBytes = (word: string | Uint8Array): Buffer =>
  Buffer.from(shellQuote(Buffer.from(word).toString('latin1')), 'latin1');

/** @param seconds the far side's own limit */
export const sequentialRun = (
  id: number,
  seconds: number,
  command: RemoteCommand,
  stdin: Uint8Array,
): Buffer => {
  const parts: Buffer[] = [];
  for (let at = 0; at < stdin.length; at += octalPiece) {
    parts.push(Buffer.from(`lk_in '${octal(stdin.subarray(at, at + octalPiece))}'\n`));
  }
  const script = Buffer.concat([
    Buffer.from('exec '),
    ...command.argv.flatMap((word) => [quoteBytes(word), Buffer.from(' ')]),
  ]);
  // One byte beyond the cap shows that there was more.
  const cap = command.onStdout ? sequentialWindow : (command.maxOutputBytes ?? defaultMaxOutput) + 1;
  parts.push(
    Buffer.from(`lk_run ${id} ${seconds} ${Math.min(cap, sequentialWindow)} `),
    quoteBytes(script),
    Buffer.from('\n'),
  );
  return Buffer.concat(parts);
};
