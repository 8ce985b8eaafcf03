/** Contents of datasets: cut into pieces whatever the network's are, looked at on the way, never held as a whole. */
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { pieceBytes } from '#core/datasets.ts';
import { contentOf, keepContent } from './content.ts';

const shelf = () => {
  const kept = new Map<number, Uint8Array>();
  let removed = 0;
  return {
    kept,
    removed: () => removed,
    pieces: {
      put: async ({ part, content }: { part: number; content: Uint8Array }) => void kept.set(part, content),
      get: async (_: string, part: number) => kept.get(part),
      remove: async () => {
        removed += 1;
        kept.clear();
      },
    },
  };
};
const clock = { now: () => 1 };

async function* chunks(bytes: Uint8Array, size: number, onPull: (at: number) => void = () => {}) {
  for (let at = 0; at < bytes.length; at += size) {
    onPull(at);
    yield bytes.subarray(at, at + size);
  }
}
const keep = (place: ReturnType<typeof shelf>, text: string | Uint8Array, size = 70_001) =>
  keepContent(place.pieces, clock, 'u', chunks(Buffer.from(text), size));

test.each([1, pieceBytes - 1, pieceBytes, pieceBytes + 1, 2_600_000])(
  '%i bytes come back as they were',
  async (size) => {
    const text = 'ü,b\n'.repeat(size).slice(0, size);
    const bytes = Buffer.from(text);
    const place = shelf();
    const { size: kept, sha256 } = await keep(place, bytes);
    expect([kept, sha256]).toEqual([bytes.length, createHash('sha256').update(bytes).digest('hex')]);
    const sizes = [...place.kept.values()].map(({ length }) => length);
    expect(sizes.slice(0, -1).every((length) => length === pieceBytes)).toBe(true);
    const back: Uint8Array[] = [];
    for await (const piece of contentOf(place.pieces, { upload: 'u', size: kept })) back.push(piece);
    expect(Buffer.concat(back).equals(bytes)).toBe(true);
  },
);

test('no more is taken from the sender than one piece beyond what is kept', async () => {
  const place = shelf();
  const bytes = Buffer.alloc(3_000_000, 'a');
  const ahead: number[] = [];
  const watched = chunks(bytes, 50_000, (at) => ahead.push(at - place.kept.size * pieceBytes));
  await keepContent(place.pieces, clock, 'u', watched);
  expect(Math.max(...ahead)).toBeLessThanOrEqual(pieceBytes + 50_000);
});

test.each([
  ['nothing', '', /is empty/],
  ['a workbook', Buffer.from('504b030414000600', 'hex'), /is a workbook or an archive/],
  ['an old workbook', Buffer.from('d0cf11e0a1b11ae1', 'hex'), /is a workbook/],
  ['Latin-1', Buffer.from('a,\xfc\n', 'latin1'), /not text in UTF-8/],
  ['UTF-16', Buffer.from('\ufeffa,b\n', 'utf16le'), /not text in UTF-8/],
  ['NUL', 'a,\0b', /not text in UTF-8/],
  ['a cut character', Buffer.from('a,ü').subarray(0, 3), /not text in UTF-8/],
  ['bytes far into it', Buffer.concat([Buffer.alloc(pieceBytes, 'a'), Buffer.from([0xff])]), /not text/],
])('%s is refused, and nothing of it is kept', async (_, content, sentence) => {
  const place = shelf();
  await expect(keep(place, content)).rejects.toMatchObject({
    status: 400,
    message: expect.stringMatching(sentence),
  });
  expect([place.kept.size, place.removed()]).toEqual([0, 1]);
});

test('an upload that is cut off leaves nothing, and says what the stream said', async () => {
  const place = shelf();
  async function* broken() {
    yield Buffer.alloc(pieceBytes, 'a');
    throw new Error('hung up');
  }
  await expect(keepContent(place.pieces, clock, 'u', broken())).rejects.toThrow('hung up');
  expect(place.kept.size).toBe(0);
});

test('content whose pieces have gone is an error, not a shorter file', async () => {
  const place = shelf();
  await keep(place, 'a'.repeat(pieceBytes + 1));
  place.kept.delete(1);
  const all = contentOf(place.pieces, { upload: 'u', size: pieceBytes + 1 });
  await all.next();
  await expect(all.next()).rejects.toThrow('Piece 1 of dataset upload u is gone');
});
