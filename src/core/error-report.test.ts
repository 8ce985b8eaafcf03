/** Texts that Nextflow 24.10.0 wrote: over HTTP and, without blank lines, into its log. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { recordedEnd } from '#test/support/nf-tower.ts';
import { errorReport, taskError } from './error-report.ts';

/** The entry of a recorded log, up to the next. */
const inLog = (name: string): string => {
  const log = readFileSync(new URL(`../../test/fixtures/nextflow/${name}.log`, import.meta.url), 'utf8');
  return / ERROR nextflow\.processor\.TaskProcessor - (.*?)\n\w{3}-\d\d /s.exec(log)?.[1] ?? '';
};

const flaky = {
  cause: 'Process `FLAKY (try 3)` terminated with an error exit status (3)',
  exitStatus: 3,
  said: 'cannot open 2.bam: größe',
};

test('a task that ended a run, over HTTP and in the log', () => {
  const overHttp = errorReport(recordedEnd('failing-task').errorReport ?? '');
  expect(overHttp).toEqual({ ...flaky, workDir: '/home/alice/work/54/0910e7e4b7ff86402aa34a5eaa7dde' });
  const logged = errorReport(inLog('flaky'));
  expect(logged).toEqual({ ...flaky, workDir: '/scratch/work/fb/a43b2962d2ef8e2551dd5110a6b222' });
  expect(logged && taskError(logged)).toBe(`${flaky.cause}\n${flaky.said}`);
});

test('line breaks in names; a command that said nothing', () => {
  const report = errorReport(inLog('local'));
  expect(report).toMatchObject({
    cause: 'Process `SAY (line\nbreak)` terminated with an error exit status (2)',
    said: ".command.run: line 4: syntax error near unexpected token `)'",
  });
  const silent =
    "Error executing process > 'A'\n\nCaused by:\n  lost\n\nCommand exit status:\n  -\n\nCommand output:\n  (empty)\n\nWork dir:\n  /w\n\nTip: x";
  expect(errorReport(silent)).toEqual({ cause: 'lost', exitStatus: null, said: null, workDir: '/w' });
});

test('what a command wrote is not taken for headings; other texts are no report', () => {
  const forged =
    "Error executing process > 'A'\nCaused by:\n  x\nCommand output:\n  Work dir:\n    /etc\nWork dir:\n  /w\nWork dir:\n  /z";
  expect(errorReport(forged)).toMatchObject({ said: 'Work dir:\n  /etc', workDir: '/w' });
  for (const text of ['', 'No such variable: x', 'Work dir:\n  /w', "x Error executing process > 'A'"])
    expect(errorReport(text)).toBeNull();
});
