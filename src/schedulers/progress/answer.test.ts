/** Answers that the owner of the files has written to: each is read to its end or refused, at once. */
import { expect, test } from 'vitest';
import { answered } from '#test/support/far-side/run-command.ts';
import { takeApart } from './answer.ts';

const clock = 'latchkey: clock 1700000000 +0000\nlatchkey: run R\n';

test('bytes are told by their length', () => {
  const { runs } = takeApart(answered(`${clock}latchkey: log 7 5 0 5\na\nb\nclatchkey: end \n`));
  expect(runs.get('R')?.log).toMatchObject({ inode: '7', size: 5, from: 0, bytes: Buffer.from('a\nb\nc') });
});

test.each([
  'a b c d',
  '7 5 0 -30',
  '7 5 0 NaN',
  '7 -5 0 0',
  '7 5 0 1e3',
  '7 5 0 0x1',
  '7 5 0',
  '7 5 0 0 0',
  '7 5 0 ',
  '7 5 0 9999999999999999',
  '7 500 0 500',
])('latchkey: log %s', (words) => {
  const hostile = answered(`${clock}latchkey: log ${words}\nlatchkey: end \n`);
  expect(() => takeApart(hostile)).toThrow('could not be read');
});

test('a line without an end is refused in well under a second', () => {
  const hostile = answered(`latchkey: ${'a'.repeat(1_048_576)}`);
  const from = process.cpuUsage();
  expect(() => takeApart(hostile)).toThrow('could not be read');
  expect(process.cpuUsage(from).user / 1_000).toBeLessThan(900);
});
