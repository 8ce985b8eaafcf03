import { describe, expect, test } from 'vitest';
import type { JobStatus, RunRemains } from '#core/ports/scheduler.ts';
import type { ReportedWorkflow } from '#core/reports.ts';
import { aJob, aRun, someRemains } from '#test/support/launcher-world.ts';
import { recordedEnd } from '#test/support/nf-tower.ts';
import { verdict } from './verdict.ts';

const run = aRun({ phase: 'follow', headJobId: '11', headDir: '/w/a' });

describe('verdict', () => {
  test('the exit file is believed first', () => {
    expect(verdict(run, null, someRemains({ exitStatus: 0 })).status).toBe('SUCCEEDED');
    expect(verdict(run, aJob({ state: 'failed' }), someRemains({ exitStatus: 0 })).status).toBe('SUCCEEDED');
  });

  /** What Nextflow 24.10.0 told over HTTP of a run that a task ended, and what it wrote to standard output. */
  const recorded = recordedEnd('failing-task');
  const output = `N E X T F L O W\nERROR ~ ${recorded.errorReport}\n\n -- Check 'nf-r.log' file for details\n`;
  const failed = (given: Partial<RunRemains>, told: ReportedWorkflow | null = null) =>
    verdict(run, aJob({ state: 'failed' }), someRemains({ exitStatus: 1, ...given }), told);

  test('a task that ended the run: from its output the same as Nextflow reports over HTTP', () => {
    const { exitStatus, errorMessage } = recorded;
    expect(errorMessage).toBe('cannot open 2.bam: größe');
    const fromFiles = failed({ outputTail: output });
    expect(fromFiles).toMatchObject({ status: 'FAILED', exitStatus, errorMessage });
    expect(fromFiles.errorReport).toContain(recorded.errorReport);
    expect(failed({ outputTail: output }, recorded)).toEqual(fromFiles);
    expect(failed({ exitStatus: null }, recorded)).toMatchObject({ exitStatus, errorMessage });
    expect(failed({ outputTail: 'only the end of it' }, recorded)).toMatchObject({
      errorMessage,
      errorReport: recorded.errorReport,
    });
  });

  test('a mistake in the script shows the first line of what Nextflow says of it; else it is said that it says nothing', () => {
    const outputTail =
      "N E X T F L O W\nERROR ~ No such variable: x\n\n -- Check script 'main.nf' at line: 3";
    expect(failed({ outputTail })).toEqual({
      status: 'FAILED',
      exitStatus: 1,
      errorMessage: 'No such variable: x',
      errorReport: "No such variable: x\n\n -- Check script 'main.nf' at line: 3",
    });
    expect(failed({ outputTail: 'N E X T F L O W\nKilled', exitStatus: 137 })).toMatchObject({
      errorMessage: 'Nextflow ended without saying why. Exit status: 137',
      errorReport: 'N E X T F L O W\nKilled',
    });
  });

  test('a head job that died before its first line failed to start', () => {
    expect(verdict(run, null, someRemains({ exitStatus: 127, started: false })).errorMessage).toBe(
      'The workflow execution failed to start. Exit status: 127',
    );
  });

  test("the launcher's own sentence wins", () => {
    const launcherMessage = 'nextflow was not found on the PATH of alice';
    expect(verdict(run, null, someRemains({ exitStatus: 127, launcherMessage })).errorMessage).toBe(
      launcherMessage,
    );
  });

  test.each([
    ['time-limit', 'FAILED', 'wall-clock limit'],
    ['out-of-memory', 'FAILED', 'more memory'],
    ['node-failure', 'FAILED', 'preempted'],
    ['cancelled', 'CANCELLED', 'cancelled on the cluster'],
  ] as const)('%s is told apart', (state, status, words) => {
    const answer = verdict(run, aJob({ state, nativeState: state }), someRemains());
    expect(answer.status).toBe(status);
    expect(answer.errorMessage).toContain(words);
  });

  test('a run that was asked to stop ends as cancelled, unless it had succeeded', () => {
    const asked = { ...run, cancelRequestedAt: 1 };
    expect(verdict(asked, aJob({ state: 'failed' }), someRemains({ exitStatus: 1 })).status).toBe(
      'CANCELLED',
    );
    expect(verdict(asked, null, someRemains()).status).toBe('CANCELLED');
    expect(verdict(asked, null, someRemains({ exitStatus: 0 })).status).toBe('SUCCEEDED');
  });

  test("without an exit file Nextflow's last report tells; what the scheduler did to a head job that failed goes before it", () => {
    const told = (given: Partial<ReportedWorkflow>) =>
      ({
        success: false,
        exitStatus: 3,
        errorMessage: 'cannot open',
        errorReport: 'long',
        ...given,
      }) as ReportedWorkflow;
    const ended = (job: JobStatus | null, report: ReportedWorkflow, exitStatus: number | null = null) =>
      verdict(run, job, someRemains({ exitStatus }), report);
    expect(ended(null, told({ success: true, exitStatus: 0 })).status).toBe('SUCCEEDED');
    expect(ended(aJob({ state: 'time-limit' }), told({ success: true })).status).toBe('SUCCEEDED');
    expect(ended(null, told({}))).toEqual({
      status: 'FAILED',
      exitStatus: 3,
      errorMessage: 'cannot open',
      errorReport: 'long',
    });
    expect(ended(aJob({ state: 'time-limit' }), told({})).errorMessage).toContain('wall-clock limit');
    expect(ended(null, told({ exitStatus: null, errorMessage: 'SIGTERM' })).status).toBe('CANCELLED');
    expect(ended(null, told({ success: true }), 1).status).toBe('FAILED');
  });

  test('"done" without an exit file is no success: LSF says it of a shell that died, PBS of a job that never ran', () => {
    const done = aJob({ state: 'completed', nativeState: 'DONE', exitCode: 0 });
    expect(verdict(run, done, someRemains())).toMatchObject({
      status: 'FAILED',
      errorMessage: expect.stringContaining('ended as DONE without leaving an exit status'),
    });
  });

  test('no exit file and no word of the scheduler says exactly that', () => {
    expect(verdict(run, null, someRemains()).errorMessage).toContain(
      'no longer known to the scheduler of login.example.org',
    );
    expect(
      verdict(run, aJob({ state: 'failed', nativeState: 'FAILED', signal: 9 }), someRemains()).errorMessage,
    ).toContain('signal 9');
  });
});
