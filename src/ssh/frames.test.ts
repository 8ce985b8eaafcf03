import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createDecoder, encodeWords, FrameError, type FrameHandlers, maxChunk, runFrame } from './frames.ts';

const nonce = 'ab12cd34';
const hello = `H mux1 12 1000 ${nonce}\n`;

const record = () => {
  const events: unknown[][] = [];
  const bytes = new Map<string, Buffer[]>();
  const handlers: FrameHandlers = {
    hello: (helper) => void events.push(['hello', helper]),
    login: (how, seconds) => void events.push(['login', how, seconds]),
    output(id, stream, piece) {
      const key = `${stream}${id}`;
      bytes.set(key, [...(bytes.get(key) ?? []), Buffer.from(piece)]);
    },
    taken: (id, count) => void events.push(['taken', id, count]),
    end: (id, end) => void events.push(['end', id, end.status, end.how]),
    pong: (id) => void events.push(['pong', id]),
  };
  const decoder = createDecoder(nonce, handlers);
  return { decoder, events, output: (key: string) => Buffer.concat(bytes.get(key) ?? []) };
};

const opened = () => {
  const all = record();
  all.decoder.push(Buffer.from(hello));
  all.decoder.expect(7, 1 << 20);
  all.events.length = 0;
  return all;
};

describe('decoder', () => {
  test('finds the hello in noise, however it is cut', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
        (noise, cuts) => {
          const { decoder, events, output } = record();
          const rest = 'L ok 2\n';
          const all = Buffer.concat([Buffer.from(noise), Buffer.from(hello + rest)]);
          for (let at = 0, i = 0; at < all.length; i += 1) {
            const size = cuts[i % cuts.length] ?? 1;
            decoder.push(all.subarray(at, at + size));
            at += size;
          }
          expect(events).toEqual([
            ['hello', 'mux1'],
            ['login', 'ok', 2],
          ]);
          expect(output('O7')).toHaveLength(0);
        },
      ),
    );
  });

  test('an echo of the bootstrap, a false hello and another nonce are noise', () => {
    const { decoder, events } = record();
    decoder.push(
      Buffer.from(
        'H mux1 1 1 cd34ab12\nexec perl -e … ab12 cd34\nH mux1 1 1 ab12 cd34\nH mux2 1 1 ab12cd34\n',
      ),
    );
    expect(events).toEqual([]);
    expect(decoder.noise()).toContain('exec perl');
  });

  test('output of any bytes in any cuts comes out whole', () => {
    const chunk = fc.record({
      stream: fc.constantFrom('O' as const, 'X' as const),
      bytes: fc.uint8Array({ minLength: 1, maxLength: 500 }),
    });
    fc.assert(
      fc.property(fc.array(chunk), fc.integer({ min: 1, max: 700 }), (chunks, cut) => {
        const { decoder, events, output } = opened();
        const sum = (stream: string) =>
          Buffer.concat(chunks.filter((each) => each.stream === stream).map((each) => each.bytes));
        const all = Buffer.concat([
          ...chunks.flatMap(({ stream, bytes }) => [Buffer.from(`${stream} 7 ${bytes.length}\n`), bytes]),
          Buffer.from(`Z 7 3 ${sum('O').length} ${sum('X').length} -\n`),
        ]);
        for (let at = 0; at < all.length; at += cut) decoder.push(all.subarray(at, at + cut));
        expect(output('O7').equals(sum('O'))).toBe(true);
        expect(output('X7').equals(sum('X'))).toBe(true);
        expect(events).toEqual([['end', 7, 3, '-']]);
      }),
    );
  });

  test.each([
    ['an unknown command', 'O 8 1\nx'],
    ['a command that has ended', 'Z 7 0 0 0 -\nO 7 1\nx'],
    ['a frame above the limit', `O 7 ${maxChunk + 1}\n`],
    ['an empty frame', 'O 7 0\n'],
    ['counts that do not add up', 'O 7 1\nxZ 7 0 2 0 -\n'],
    ['a negative count', 'O 7 -5\n'],
    ['a number with blanks', 'O 7  5\n'],
    ['a status of four digits', 'Z 7 9999 0 0 -\n'],
    ['an unknown ending', 'Z 7 0 0 0 Q\n'],
    ['an unknown kind', 'Q 7\n'],
    ['a header without end', 'O'.repeat(201)],
    ['credit for an unknown command', 'C 9 10\n'],
    ['free text', 'Last login: yesterday\n'],
    ['an empty line', '\n'],
  ])('%s is a violation', (_, text) => {
    const { decoder } = opened();
    expect(() => decoder.push(Buffer.from(text))).toThrow(FrameError);
  });

  test('more output than was granted is a violation', () => {
    const { decoder } = opened();
    decoder.expect(9, 10);
    decoder.push(Buffer.from('O 9 10\n0123456789'));
    decoder.grant(9, 1);
    decoder.push(Buffer.from('X 9 1\n0'));
    expect(() => decoder.push(Buffer.from('O 9 1\n0'))).toThrow('more output than was asked for');
  });

  test('more than 1 MB before the hello is a violation, and little of it is kept', () => {
    const { decoder } = record();
    const piece = Buffer.alloc(64 * 1024, 'n');
    for (let i = 0; i < 16; i += 1) decoder.push(piece);
    expect(decoder.noise().length).toBeLessThanOrEqual(4_096);
    expect(() => decoder.push(piece)).toThrow(FrameError);
  });

  test('any bytes end in a violation or in nothing, never in another error', () => {
    const kinds = fc.constantFrom(
      'O 7 5\n',
      'X 7 3\n',
      'Z 7 0 0 0 -\n',
      'C 7 4\n',
      'L ok 1\n',
      'P 1\n',
      'abc',
      '\n',
      'O 7 ',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.uint8Array({ maxLength: 60 }), kinds)), (parts) => {
        const { decoder } = opened();
        try {
          for (const part of parts) decoder.push(Buffer.from(part as Uint8Array));
        } catch (error) {
          expect(error).toBeInstanceOf(FrameError);
        }
      }),
    );
  });
});

test('a run frame carries words and stdin byte for byte', () => {
  const words = encodeWords(['printf', "a'b\n", Buffer.from([0xff, 0x80])]);
  const frame = runFrame({ id: 3, seconds: 5, keep: true, words, stdin: Buffer.from('in\0put') });
  expect(frame.toString('latin1')).toBe(`R 3 5 1 15 6\nprintf\0a'b\n\0\xff\x80\0in\0put`);
});
