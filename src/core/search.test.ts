import { describe, expect, test } from 'vitest';
import { parseSearch } from './search.ts';

const split = (input: string | undefined, known = ['is', 'platform', 'after']) => {
  const { text, keywords } = parseSearch(input, known);
  return { text, ...Object.fromEntries(keywords) };
};

describe('search texts', () => {
  test('free text alone', () => {
    expect(split('  alice  smith ')).toEqual({ text: 'alice smith' });
    expect(split(undefined)).toEqual({ text: undefined });
    expect(split('   ')).toEqual({ text: undefined });
  });

  test('keywords in any case and place, more than once', () => {
    expect(split('IS:missing bob is:added')).toEqual({ text: 'bob', is: ['missing', 'added'] });
    expect(split('platform:slurm-platform')).toEqual({ text: undefined, platform: ['slurm-platform'] });
  });

  test('quotes hold words together', () => {
    expect(split('"my run" platform:"slurm platform"')).toEqual({
      text: 'my run',
      platform: ['slurm platform'],
    });
  });

  test('a single piece in quotes is meant exactly', () => {
    const exact = (input: string) => parseSearch(input, ['is']).exact;
    expect(exact('"my run"')).toBe('my run');
    expect(exact('is:x "run"')).toBe('run');
    for (const input of ['run', '"a" b', '"a" "b"', 'is:"x"', 'x:"y"', '""'])
      expect(exact(input), input).toBeUndefined();
  });

  test('unknown keywords, addresses and dates stay text or value', () => {
    expect(split('https://host/x after:2026-01-02T03:04:05Z')).toEqual({
      text: 'https://host/x',
      after: ['2026-01-02T03:04:05Z'],
    });
    expect(split('colour:blue is:')).toEqual({ text: 'colour:blue is:' });
  });
});
