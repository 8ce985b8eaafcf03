import { describe, expect, test } from 'vitest';
import type { JobStatus } from '#core/ports/scheduler.ts';
import type { ReportedWorkflow } from '#core/reports.ts';
import { aJob, aRun, someRemains } from '#test/support/launcher-world.ts';
import { verdict } from './verdict.ts';

const run = aRun({ phase: 'follow', headJobId: '11', headDir: '/w/a' });

describe('verdict', () => {
  test('the exit file is believed first', () => {
    expect(verdict(run, null, someRemains({ exitStatus: 0 })).status).toBe('SUCCEEDED');
    expect(verdict(run, aJob({ state: 'failed' }), someRemains({ exitStatus: 0 })).status).toBe('SUCCEEDED');
  });

  test('a failed task shows the first line of its error, and the report in full', () => {
    const outputTail = "N E X T F L O W\nERROR ~ Error executing process > 'SAY (1)'\nCaused by: exit 3";
    expect(verdict(run, aJob({ state: 'failed' }), someRemains({ exitStatus: 1, outputTail }))).toEqual({
      status: 'FAILED',
      exitStatus: 1,
      errorMessage: "ERROR ~ Error executing process > 'SAY (1)'",
      errorReport: "ERROR ~ Error executing process > 'SAY (1)'\nCaused by: exit 3",
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

  test('no exit file and no word of the scheduler says exactly that', () => {
    expect(verdict(run, null, someRemains()).errorMessage).toContain(
      'no longer known to the scheduler of login.example.org',
    );
    expect(
      verdict(run, aJob({ state: 'failed', nativeState: 'FAILED', signal: 9 }), someRemains()).errorMessage,
    ).toContain('signal 9');
  });
});
