/** Reading a run's files over its member's channel: ranges for paging and following, whole files for downloads. */
import { posix } from 'node:path';
import { notFound } from '#core/errors.ts';
import type { RemoteResult } from '#core/ports/cluster-access.ts';
import type { CommandText } from '#core/ports/scheduler.ts';
import { complaint, farSide, text } from '../far-side/far-side.ts';

const script = farSide('files/file');

export interface FileRequest {
  /** Directory that a relative `path` starts from: the run's head directory, or a task's. */
  root: string;
  /** The file must lie below one of these, links resolved. */
  allowedRoots: readonly string[];
  path: string;
}

export interface RangeRequest extends FileRequest {
  /** First byte, from 0. */
  offset: number;
  /** 0 asks for the size alone. */
  maxBytes: number;
}

export interface FileRange {
  /** Of the whole file, in bytes, before the bytes were read: a file that grows has more. */
  size: number;
  /** Epoch ms. */
  modifiedAt: number;
  bytes: Uint8Array;
}

const argv = ({ root, allowedRoots, path }: FileRequest, offset: string, length: string): string[] => [
  'sh',
  '-c',
  script,
  'latchkey',
  posix.resolve(root, path),
  offset,
  length,
  ...allowedRoots,
];

/** Up to `maxBytes` from `offset`; read with `parseRange`. */
export const readRange = ({ offset, maxBytes, ...file }: RangeRequest): CommandText => ({
  argv: argv(file, String(offset), String(maxBytes)),
  timeoutMs: 60_000,
  maxOutputBytes: maxBytes + 1024,
});

/**
 * The whole file, raw on standard output: for `onStdout`, whatever its size. Exit status 44: there is none; 43: it is
 * not the run's; 45: it cannot be read. `checkStream` tells.
 */
export const streamFile = (file: FileRequest): CommandText => ({
  argv: argv(file, '0', 'all'),
  timeoutMs: 60 * 60_000,
});

/**
 * @param path as asked for, for the message
 * @throws AppError 404 where there is no such file in the run's directories; it is the same for a file outside
 * @throws Error when it could not be read
 */
export const parseRange = (result: RemoteResult, path: string): FileRange => {
  const [, size, seconds] = /^latchkey: file (\d+) (\d+)$/m.exec(text(result.stderr)) ?? [];
  if (result.exitCode === 43 || result.exitCode === 44) throw notFound('file', path);
  if (result.exitCode !== 0 || result.timedOut || size === undefined)
    throw new Error(`${path} could not be read: ${complaint(result)}`);
  return { size: Number(size), modifiedAt: Number(seconds) * 1000, bytes: result.stdout };
};

/** After `streamFile`: throws what `parseRange` throws, when the stream was not the whole file. */
export const checkStream = (result: RemoteResult, path: string): void => void parseRange(result, path);
