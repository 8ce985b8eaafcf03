/** Files on a cluster, read over the member's channel: in pages, or whole as a stream. What may be read, the caller decides. */
import { PassThrough } from 'node:stream';
import { credentialName } from '#core/clusters.ts';
import { AppError } from '#core/errors.ts';
import type { ClusterAccess, ClusterTarget, RemoteResult } from '#core/ports/cluster-access.ts';
import type { FileStream } from '#core/ports/file-stream.ts';
import type { CommandText } from '#core/ports/scheduler.ts';
import type { RunSnapshot } from '#core/runs.ts';
import { cutPage, type LogPage, pageBytes, pageRange, parsePageToken } from './log-page.ts';

export interface FileRequest {
  /** Absolute directory that `path` starts from. */
  root: string;
  /** The file must lie below one of these, links resolved. */
  allowedRoots: readonly string[];
  path: string;
}

export interface MemberFilesDeps {
  clusters: Pick<ClusterAccess, 'run'>;
  targetFor(snapshot: RunSnapshot): Promise<ClusterTarget>;
  files: {
    range(request: FileRequest & { offset: number; maxBytes: number }): CommandText;
    /** @throws AppError 404 when the file is not there */
    parseRange(result: RemoteResult, path: string): { size: number; bytes: Uint8Array };
    stream(request: FileRequest): CommandText;
    /** @throws what `parseRange` throws, when the stream was not the whole file */
    checkStream(result: RemoteResult, path: string): void;
  };
}

export interface MemberFiles {
  /** @param live the file may still grow. @throws AppError 404 when it is not there */
  page(
    snapshot: RunSnapshot,
    file: FileRequest,
    page: { next?: string; maxLength?: number },
    live: boolean,
  ): Promise<LogPage>;
  /** @param saveName what it is called where it is saved. @throws AppError 404, 429 */
  download(snapshot: RunSnapshot, file: FileRequest, saveName: string): Promise<FileStream>;
}

const contentTypes: Record<string, string> = { html: 'text/html; charset=utf-8' };

const contentTypeOf = (fileName: string): string =>
  contentTypes[fileName.split('.').at(-1) ?? ''] ?? 'text/plain; charset=utf-8';

/**
 * Files in flight over one member's channel. Whoever may look at a run may download it, slowly too: the other places of
 * the channel stay free for the member's own runs (promise 21).
 */
const mostStreams = 4;

export const createMemberFiles = ({ clusters, targetFor, files }: MemberFilesDeps): MemberFiles => {
  const streams = new Map<string, number>();

  /** @returns gives the place back. @throws AppError 429 */
  const takePlace = (snapshot: RunSnapshot): (() => void) => {
    const key = `${snapshot.clusterKey} ${credentialName(snapshot.credential)}`;
    const held = streams.get(key) ?? 0;
    if (held >= mostStreams) {
      throw new AppError(
        'too_many_requests',
        429,
        `${held} files of ${snapshot.linuxUser} on ${snapshot.hostName} are being downloaded already: try again when one of them is done`,
        { details: { retryAfterMs: 5_000 } },
      );
    }
    streams.set(key, held + 1);
    return () => {
      const left = (streams.get(key) ?? 1) - 1;
      if (left > 0) streams.set(key, left);
      else streams.delete(key);
    };
  };

  const streamOf = (target: ClusterTarget, file: FileRequest, done: () => void): PassThrough => {
    const stream = new PassThrough();
    const ended = new AbortController();
    let goOn: (() => void) | undefined;
    stream.on('drain', () => goOn?.());
    stream.once('close', () => {
      ended.abort();
      goOn?.();
    });
    const push = (chunk: Uint8Array): Promise<void> | undefined => {
      if (stream.write(chunk) || stream.destroyed) return undefined;
      return new Promise((resolve) => {
        goOn = resolve;
      });
    };
    void (async () => {
      try {
        const command = files.stream(file);
        const result = await clusters.run(target, {
          ...command,
          kind: 'logs',
          onStdout: push,
          signal: ended.signal,
        });
        files.checkStream(result, file.path);
        stream.end();
      } catch (error) {
        // The answer has begun: an aborted one is all that can still tell that it is not whole.
        stream.destroy(error instanceof Error ? error : new Error(String(error)));
      } finally {
        done();
      }
    })();
    return stream;
  };

  return {
    page: async (snapshot, file, { next, maxLength }, live) => {
      const start = parsePageToken(next);
      const range = pageRange(start, pageBytes(maxLength));
      const target = await targetFor(snapshot);
      const result = await clusters.run(target, { ...files.range({ ...file, ...range }), kind: 'logs' });
      const { size, bytes } = files.parseRange(result, file.path);
      return cutPage(start, { offset: range.offset, bytes, size, live });
    },

    download: async (snapshot, file, saveName) => {
      const target = await targetFor(snapshot);
      const leave = takePlace(snapshot);
      try {
        // Asked first, so that a missing file is a 404 and not an answer that breaks off.
        const present = await clusters.run(target, {
          ...files.range({ ...file, offset: 0, maxBytes: 0 }),
          kind: 'logs',
        });
        files.parseRange(present, file.path);
      } catch (error) {
        leave();
        throw error;
      }
      return {
        fileName: saveName,
        contentType: contentTypeOf(saveName),
        stream: streamOf(target, file, leave),
      };
    },
  };
};
