/** Contents of datasets: streamed in piece by piece while they are looked at, and out again. Nobody holds a whole one. */
import { createHash } from 'node:crypto';
import type { Clock } from '#core/clock.ts';
import { pieceBytes } from '#core/datasets.ts';
import { badRequest } from '#core/errors.ts';
import type { DatasetPieceStore } from '#core/ports/data-stores.ts';

/** Longer than any upload can take: what is older and belongs to no version is swept away. */
export const forgottenAfterMs = 3_600_000;

const refuse = (cure: string) => badRequest(`file: ${cure}`, { field: 'file' });

const isWorkbook = (start: Uint8Array): boolean =>
  ['504b0304', 'd0cf11e0'].includes(Buffer.from(start.subarray(0, 4)).toString('hex'));

/** Tables are text. @throws AppError 400 with the cure, also from `end` */
const textCheck = () => {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const decode = (piece?: Uint8Array) => {
    try {
      if (piece?.includes(0) !== true) return decoder.decode(piece, { stream: piece !== undefined });
    } catch {
      // Said below.
    }
    throw refuse('is not text in UTF-8: save it as "CSV UTF-8" (or as tab-separated text in UTF-8)');
  };
  return {
    check: (piece: Uint8Array, first: boolean): void => {
      if (first && isWorkbook(piece))
        throw refuse('is a workbook or an archive: save its sheet as CSV (UTF-8) and upload that');
      decode(piece);
    },
    end: (): void => void decode(),
  };
};

/** Cuts a stream into pieces of one size, the last one apart. */
async function* inPieces(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] = [];
  let size = 0;
  for await (let chunk of stream) {
    while (size + chunk.length >= pieceBytes) {
      const fits = pieceBytes - size;
      yield Buffer.concat([...held, chunk.subarray(0, fits)]);
      chunk = chunk.subarray(fits);
      held = [];
      size = 0;
    }
    held.push(chunk);
    size += chunk.length;
  }
  if (size > 0) yield Buffer.concat(held);
}

/**
 * Keeps an upload. Each piece is durable by itself: no transaction waits for somebody's network.
 * @throws AppError 400 for what is no table, and whatever the stream throws; nothing is kept then
 */
export const keepContent = async (
  pieces: Pick<DatasetPieceStore, 'put' | 'remove'>,
  clock: Clock,
  upload: string,
  stream: AsyncIterable<Uint8Array>,
): Promise<{ size: number; sha256: string }> => {
  const hash = createHash('sha256');
  const text = textCheck();
  let size = 0;
  let part = 0;
  try {
    for await (const content of inPieces(stream)) {
      text.check(content, part === 0);
      hash.update(content);
      size += content.length;
      await pieces.put({ upload, part, content, createdAt: clock.now() });
      part += 1;
    }
    text.end();
    if (size === 0) throw refuse('is empty');
    return { size, sha256: hash.digest('hex') };
  } catch (error) {
    await pieces.remove(upload);
    throw error;
  }
};

/** @throws Error when its pieces have gone meanwhile */
export async function* contentOf(
  pieces: Pick<DatasetPieceStore, 'get'>,
  { upload, size }: { upload: string; size: number },
): AsyncGenerator<Uint8Array> {
  for (let part = 0; part * pieceBytes < size; part += 1) {
    const content = await pieces.get(upload, part);
    if (!content) throw new Error(`Piece ${part} of dataset upload ${upload} is gone`);
    yield content;
  }
}
