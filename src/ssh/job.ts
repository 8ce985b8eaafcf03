/** One command on a channel, as we see it: its output, its stdin, and who waits for whom. */
import type { RemoteCommand, RemoteResult } from '#core/ports/cluster-access.ts';
import type { CommandEnd } from './frames.ts';
import { defaultMaxOutput, outputWindow, stdinWindow } from './limits.ts';

/** What a job may ask of its channel. */
export interface JobActions {
  /** Lets the far side send `bytes` more. */
  credit(bytes: number): void;
  stdin(bytes: Uint8Array): void;
  endStdin(): void;
  /** Ends the command; its end is then reported as usual. */
  kill(): unknown;
}

export interface Job {
  output(stream: 'O' | 'X', bytes: Buffer): void;
  /** Starts sending stdin that did not travel with the command. */
  sendStdin(bytes: Uint8Array): void;
  taken(count: number): void;
  end(end: CommandEnd): void;
  fail(error: Error): void;
  /** Ends the command: its time is up, or nobody wants it any more. */
  stop(why: 'time' | 'abort'): void;
  result: Promise<RemoteResult>;
}

/** Credit is handed back in steps: one small frame for many chunks. */
const creditStep = outputWindow / 4;
const stdinPiece = 32 * 1024;

/** @param streamCap bytes at which the far side cuts a stream off (the sequential helper does) */
export const createJob = (command: RemoteCommand, act: JobActions, streamCap = Infinity): Job => {
  const cap = command.maxOutputBytes ?? defaultMaxOutput;
  const { promise, resolve, reject } = Promise.withResolvers<RemoteResult>();
  const kept = { O: [] as Buffer[], X: [] as Buffer[] };
  const size = { O: 0, X: 0 };
  let timedOut = false;
  /** Ended from outside: no reader is waited for any more. */
  let abandoned = false;
  let truncated = false;
  let stopping = false;
  let settled = false;
  let owed = 0;
  let streamError: { error: unknown } | undefined;
  let streaming: Promise<void> | undefined;

  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    act.kill();
  };
  const consumed = (bytes: number): void => {
    owed += bytes;
    if (owed < creditStep || settled) return;
    act.credit(owed);
    owed = 0;
  };
  let streamed = 0;
  /** Chunks go to the reader one after the other; the far side is told when the reader has done with them. */
  const stream = (bytes: Buffer, reader: NonNullable<RemoteCommand['onStdout']>): void => {
    streamed += bytes.length;
    if (streamed >= streamCap) truncated = true;
    const deliver = async (): Promise<void> => {
      if (streamError || abandoned) return;
      try {
        await reader(bytes);
        consumed(bytes.length);
      } catch (error) {
        streamError = { error };
        stop();
      }
    };
    const next: Promise<void> = streaming ? streaming.then(deliver) : deliver();
    streaming = next;
    void next.then(() => {
      if (streaming === next) streaming = undefined;
    });
  };
  const collect = (which: 'O' | 'X', bytes: Buffer): void => {
    const room = cap - size[which];
    if (bytes.length > room) {
      truncated = true;
      stop();
    }
    if (room > 0) {
      // A copy: the slice would keep the whole socket buffer alive.
      kept[which].push(Buffer.from(bytes.subarray(0, room)));
      size[which] += Math.min(room, bytes.length);
    }
    consumed(bytes.length);
  };

  let rest: Uint8Array | undefined;
  let window = stdinWindow;
  const pumpStdin = (): void => {
    while (rest && rest.length > 0 && window > 0) {
      const piece = rest.subarray(0, Math.min(stdinPiece, window));
      rest = rest.subarray(piece.length);
      window -= piece.length;
      act.stdin(piece);
    }
    if (rest?.length === 0) {
      rest = undefined;
      act.endStdin();
    }
  };

  const finish = (end: CommandEnd): void => {
    settled = true;
    if (streamError) return reject(streamError.error);
    resolve({
      exitCode: end.status,
      stdout: Buffer.concat(kept.O),
      stderr: Buffer.concat(kept.X),
      timedOut: timedOut || end.how === 'T',
      truncated,
    });
  };

  return {
    result: promise,
    output(which, bytes) {
      if (which === 'O' && command.onStdout) stream(bytes, command.onStdout);
      else collect(which, bytes);
    },
    sendStdin(bytes) {
      rest = bytes;
      pumpStdin();
    },
    taken(count) {
      window = Math.min(window + count, stdinWindow);
      pumpStdin();
    },
    end(end) {
      rest = undefined;
      // A reader that never finishes must not hold a command that its limit has ended.
      if (streaming && !abandoned) void streaming.then(() => finish(end));
      else finish(end);
    },
    fail(error) {
      settled = true;
      rest = undefined;
      reject(error);
    },
    stop(why) {
      if (why === 'time') timedOut = true;
      abandoned = true;
      stop();
    },
  };
};
