/**
 * The frames of a channel (their list stands in far-side/helper.pl): what we say, and a strict reader of what
 * comes back. The far side is not trusted: whatever breaks the rules ends the channel.
 */

import { badRequest } from '#core/errors.ts';

/** Largest payload of one output frame of the perl helper. */
export const maxChunk = 32_768;
const maxHeader = 200;
const maxNoise = 1 << 20;
const keptNoise = 4_096;

/** `stat1` answers a status reader's questions; the others run commands. */
export type HelperKind = 'mux1' | 'seq1' | 'stat1';

export interface CommandEnd {
  /** -1: could not be started. */
  status: number;
  /** T: the far side's own time limit, K: ended by us, F: no process could be made. */
  how: '-' | 'T' | 'K' | 'F';
}

export interface FrameHandlers {
  hello(helper: HelperKind): void;
  login(how: 'ok' | 'plain', seconds: number): void;
  output(id: number, stream: 'O' | 'X', bytes: Buffer): void;
  /** The far side has taken `count` bytes of stdin. */
  taken(id: number, count: number): void;
  end(id: number, end: CommandEnd): void;
  pong(id: number): void;
}

export class FrameError extends Error {}

export interface FrameDecoder {
  /** @throws FrameError when the far side breaks a rule; the decoder is then of no further use */
  push(chunk: Buffer): void;
  /** Makes `id` known, with the bytes of output it may send before more is granted. */
  expect(id: number, window: number): void;
  grant(id: number, bytes: number): void;
  /** The last of what came before the hello: start-up files talk there. */
  noise(): string;
}

interface Expected {
  window: number;
  O: number;
  X: number;
}

const words = {
  L: /^L (ok|plain) (\d{1,6})$/,
  O: /^[OX] (\d{1,10}) (\d{1,10})$/,
  C: /^C (\d{1,10}) (\d{1,10})$/,
  Z: /^Z (\d{1,10}) (-1|\d{1,3}) (\d{1,15}) (\d{1,15}) ([-TKF])$/,
  P: /^P (\d{1,10})$/,
} as const;

export const createDecoder = (nonce: string, on: FrameHandlers): FrameDecoder => {
  const known = new Map<number, Expected>();
  const hello = new RegExp(`H (mux1|seq1|stat1) \\d{1,10} \\d{1,10} ${nonce}\n`);
  let helper: HelperKind | undefined;
  let noise = Buffer.alloc(0);
  let noiseBytes = 0;
  let header = '';
  let body: { id: number; stream: 'O' | 'X'; left: number } | undefined;

  const find = (id: number): Expected => {
    const expected = known.get(id);
    if (!expected) throw new FrameError(`a frame for command ${id}, which is not running`);
    return expected;
  };
  const match = (kind: keyof typeof words, line: string): RegExpExecArray => {
    const found = words[kind].exec(line);
    if (!found) throw new FrameError('a malformed frame');
    return found;
  };

  const readHeader = (line: string): void => {
    switch (line[0]) {
      case 'O':
      case 'X': {
        const found = match('O', line);
        const id = Number(found[1]);
        const count = Number(found[2]);
        const expected = find(id);
        if (count === 0 || (helper === 'mux1' && count > maxChunk))
          throw new FrameError(`a frame of ${count} bytes`);
        expected.window -= count;
        if (expected.window < 0) throw new FrameError('more output than was asked for');
        expected[line[0]] += count;
        body = { id, stream: line[0], left: count };
        return;
      }
      case 'Z': {
        const found = match('Z', line);
        const id = Number(found[1]);
        const expected = find(id);
        if (expected.O !== Number(found[3]) || expected.X !== Number(found[4])) {
          throw new FrameError('output that does not add up');
        }
        known.delete(id);
        on.end(id, { status: Number(found[2]), how: found[5] as CommandEnd['how'] });
        return;
      }
      case 'C': {
        const found = match('C', line);
        find(Number(found[1]));
        on.taken(Number(found[1]), Number(found[2]));
        return;
      }
      case 'L': {
        const found = match('L', line);
        on.login(found[1] as 'ok' | 'plain', Number(found[2]));
        return;
      }
      case 'P':
        on.pong(Number(match('P', line)[1]));
        return;
      default:
        throw new FrameError('bytes that are no frame');
    }
  };

  /** Returns what follows the hello, or nothing while it has not come. */
  const readNoise = (chunk: Buffer): Buffer | undefined => {
    noise = Buffer.concat([noise, chunk]);
    const found = hello.exec(noise.toString('latin1'));
    if (!found) {
      noiseBytes += chunk.length;
      if (noiseBytes > maxNoise) throw new FrameError('start-up files that print more than 1 MB');
      noise = noise.subarray(-keptNoise);
      return undefined;
    }
    const rest = noise.subarray(found.index + found[0].length);
    noise = noise.subarray(0, found.index);
    helper = found[1] as HelperKind;
    on.hello(helper);
    return rest;
  };

  const push = (chunk: Buffer): void => {
    const bytes = helper ? chunk : readNoise(chunk);
    if (!bytes) return;
    for (let at = 0; at < bytes.length; ) {
      if (body) {
        const piece = bytes.subarray(at, at + body.left);
        at += piece.length;
        body.left -= piece.length;
        const { id, stream, left } = body;
        if (left === 0) body = undefined;
        on.output(id, stream, piece);
        continue;
      }
      const end = bytes.indexOf(10, at);
      header += bytes.toString(
        'latin1',
        at,
        end < 0 ? Math.min(bytes.length, at + maxHeader + 1) : Math.min(end, at + maxHeader + 1),
      );
      if (header.length > maxHeader) throw new FrameError('a header without end');
      if (end < 0) return;
      const line = header;
      header = '';
      at = end + 1;
      readHeader(line);
    }
  };

  return {
    push,
    expect: (id, window) => void known.set(id, { window, O: 0, X: 0 }),
    grant(id, bytes) {
      const expected = known.get(id);
      if (expected) expected.window += bytes;
    },
    noise: () => noise.toString('utf8'),
  };
};

/** @throws AppError 400 for what no command line can carry */
export const checkArgv = (argv: readonly (string | Uint8Array)[]): void => {
  if (argv.length === 0) throw badRequest('A command without words');
  for (const word of argv) {
    if (typeof word === 'string' ? word.includes('\0') : word.includes(0)) {
      throw badRequest('A word of a command cannot hold a NUL');
    }
  }
};

/** Words of a command as the far side takes them: each ended by NUL. */
export const encodeWords = (argv: readonly (string | Uint8Array)[]): Buffer =>
  Buffer.concat(argv.flatMap((word) => [Buffer.from(word), Buffer.from([0])]));

export interface RunFrame {
  id: number;
  /** The far side's own limit in whole seconds, beyond ours. */
  seconds: number;
  keep: boolean;
  words: Buffer;
  /** Whole stdin; undefined when it follows in `stdinFrame`s. */
  stdin: Uint8Array | undefined;
}

export const runFrame = ({ id, seconds, keep, words: argv, stdin }: RunFrame): Buffer =>
  Buffer.concat([
    Buffer.from(`R ${id} ${seconds} ${keep ? 1 : 0} ${argv.length} ${stdin ? stdin.length : -1}\n`),
    argv,
    stdin ?? Buffer.alloc(0),
  ]);

export const stdinFrame = (id: number, bytes: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from(`I ${id} ${bytes.length}\n`), bytes]);

export const endOfStdin = (id: number): string => `E ${id}\n`;
export const killFrame = (id: number): string => `K ${id}\n`;
export const creditFrame = (id: number, bytes: number): string => `W ${id} ${bytes}\n`;
export const pingFrame = (id: number): string => `P ${id}\n`;
