/** Reading a run's files over its member's channel: the log in pages, any of its files as a stream. */
import { PassThrough } from 'node:stream';
import type { Caller, WorkspaceScope } from '#core/caller.ts';
import { credentialName } from '#core/clusters.ts';
import { AppError, badRequest, isAppError } from '#core/errors.ts';
import type { ClusterAccess, ClusterTarget, RemoteResult } from '#core/ports/cluster-access.ts';
import type { RunActions } from '#core/ports/run-actions.ts';
import type { CommandText } from '#core/ports/scheduler.ts';
import type { Store } from '#core/ports/store.ts';
import type { Run, RunSnapshot } from '#core/runs.ts';
import { cutPage, pageBytes, pageRange, parsePageToken } from './log-page.ts';
import { findRun } from './runs.ts';

interface FileRequest {
  root: string;
  allowedRoots: readonly string[];
  path: string;
}

export interface RunLogDeps {
  store: Pick<Store, 'runs'>;
  clusters: Pick<ClusterAccess, 'run'>;
  targetFor(snapshot: RunSnapshot): Promise<ClusterTarget>;
  files: {
    /** What people may download of a run; the first is its log. */
    names(runId: string): string[];
    range(request: FileRequest & { offset: number; maxBytes: number }): CommandText;
    /** @throws AppError 404 when the file is not there */
    parseRange(result: RemoteResult, path: string): { size: number; bytes: Uint8Array };
    stream(request: FileRequest): CommandText;
    /** @throws what `parseRange` throws, when the stream was not the whole file */
    checkStream(result: RemoteResult, path: string): void;
  };
}

const contentTypes: Record<string, string> = { html: 'text/html; charset=utf-8' };

const contentTypeOf = (fileName: string): string =>
  contentTypes[fileName.split('.').at(-1) ?? ''] ?? 'text/plain; charset=utf-8';

/**
 * Files in flight over one member's channel. Whoever may look at a run may download it, slowly too: the other places of
 * the channel stay free for the member's own runs (promise 21).
 */
const mostStreams = 4;

const labels = ['Console output', 'Nextflow log', 'Timeline'];

export const createRunLogs = ({
  store,
  clusters,
  targetFor,
  files,
}: RunLogDeps): Pick<RunActions, 'log' | 'download'> => {
  const downloads = (run: Run) =>
    files
      .names(run.id)
      .slice(0, labels.length)
      .map((fileName, index) => ({ fileName, displayText: labels[index] ?? fileName, saveName: fileName }));

  const request = (run: Run, headDir: string, path: string): FileRequest => ({
    root: headDir,
    allowedRoots: [headDir, ...(run.workDir ? [run.workDir] : [])],
    path,
  });

  const notYet = (run: Run, live: boolean, message: string) => ({
    entries: [],
    forwardToken: live ? '0' : null,
    rewindToken: null,
    pending: live,
    truncated: false,
    message,
    downloads: run.headDir ? downloads(run) : [],
  });

  const readPage = async (run: Run, headDir: string, page: { next?: string; maxLength?: number }) => {
    const live = run.phase !== 'done';
    const start = parsePageToken(page.next);
    const range = pageRange(start, pageBytes(page.maxLength));
    const [path = ''] = files.names(run.id);
    const target = await targetFor(run.snapshot);
    const result = await clusters.run(target, files.range({ ...request(run, headDir, path), ...range }));
    const { size, bytes } = files.parseRange(result, path);
    return {
      ...cutPage(start, { offset: range.offset, bytes, size, live }),
      pending: live,
      message: null,
      downloads: downloads(run),
    };
  };

  const streams = new Map<string, number>();

  /** @returns gives the place back. @throws AppError 429 */
  const takePlace = ({ snapshot }: Run): (() => void) => {
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
        const result = await clusters.run(target, { ...command, onStdout: push, signal: ended.signal });
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

  const find = (caller: Caller, scope: WorkspaceScope, id: string) => findRun(store, caller, scope, id);

  return {
    log: async (caller, scope, id, page) => {
      const run = await find(caller, scope, id);
      const live = run.phase !== 'done';
      if (run.headDir === null)
        return notYet(run, live, run.errorMessage ?? 'The head job has not been submitted yet.');
      try {
        return await readPage(run, run.headDir, page);
      } catch (error) {
        if (isAppError(error, 'not_found')) return notYet(run, live, 'The head job has written nothing yet.');
        throw error;
      }
    },
    download: async (caller, scope, id, fileName) => {
      const run = await find(caller, scope, id);
      const names = files.names(run.id);
      if (!names.includes(fileName)) {
        throw badRequest(
          `fileName: "${fileName.slice(0, 100)}" is none of this run's files: ${names.join(', ')}`,
          {
            field: 'fileName',
          },
        );
      }
      if (run.headDir === null) throw badRequest('fileName: the run has no files yet', { field: 'fileName' });
      const target = await targetFor(run.snapshot);
      const file = request(run, run.headDir, fileName);
      const leave = takePlace(run);
      try {
        // Asked first, so that a missing file is a 404 and not an answer that breaks off.
        const present = await clusters.run(target, files.range({ ...file, offset: 0, maxBytes: 0 }));
        files.parseRange(present, fileName);
      } catch (error) {
        leave();
        throw error;
      }
      return { fileName, contentType: contentTypeOf(fileName), stream: streamOf(target, file, leave) };
    },
  };
};
