/** What goes into Terraform's own log: as go-plugin reads it, no more than was asked for, and nothing by default. */
import { expect, test } from 'vitest';
import { createLog, type Level } from './log.ts';

const written = (environment: NodeJS.ProcessEnv) => {
  const lines: string[] = [];
  const log = createLog('provider.latchkey', environment, (line) => lines.push(line));
  for (const level of ['trace', 'debug', 'info', 'warn', 'error'] satisfies Level[]) log(level, `a ${level}`);
  return lines.map((line) => (JSON.parse(line) as Record<string, string>)['@level']);
};

test.each([
  [{}, []],
  [{ TF_LOG: '' }, []],
  [{ TF_LOG: 'off' }, []],
  [{ TF_LOG: 'ERROR' }, ['error']],
  [{ TF_LOG: 'warn' }, ['warn', 'error']],
  [{ TF_LOG: 'DEBUG' }, ['debug', 'info', 'warn', 'error']],
  [{ TF_LOG: 'JSON' }, ['trace', 'debug', 'info', 'warn', 'error']],
  [{ TF_LOG: 'trace', TF_LOG_PROVIDER: 'error' }, ['error']],
])('%j', (environment, levels) => {
  expect(written(environment)).toEqual(levels);
});

test('one line each, with its fields beside its message', () => {
  const lines: string[] = [];
  createLog('provider.seqera', { TF_LOG: 'info' }, (line) => lines.push(line))('info', 'two\nlines', {
    status: 200,
  });
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^\{[^\n]+\}\n$/);
  expect(JSON.parse(lines[0] ?? '')).toEqual({
    '@level': 'info',
    '@message': 'two\nlines',
    '@module': 'provider.seqera',
    '@timestamp': expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
    status: 200,
  });
});
