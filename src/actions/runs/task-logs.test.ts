/** Whose files of a task are read, and where; on a real cluster: `test/e2e/task-logs.test.ts`. */
import { expect, test } from 'vitest';
import { systemCaller } from '#core/caller.ts';
import { notFound } from '#core/errors.ts';
import { permissionsOf } from '#core/roles.ts';
import type { Run } from '#core/runs.ts';
import { mergeTask } from '#core/task-merging.ts';
import { type TaskReport } from '#core/tasks.ts';
import { aRun } from '#test/support/databases.ts';
import type { FileRequest } from './member-files.ts';
import { createTaskLogs } from './task-logs.ts';

const where = [
  systemCaller('test'),
  {
    kind: 'workspace',
    workspaceId: 1,
    workspaceName: 'lab',
    organisationId: 1,
    organisationName: 'uni',
    roles: ['view'],
    permissions: permissionsOf('view'),
  },
  'Run1',
  1,
] as const;

const logsOf = (given: Partial<TaskReport>, givenRun: Partial<Run> = {}, present = ['.command.log']) => {
  const asked: FileRequest[] = [];
  const run = aRun(7, { workDir: '/w', phase: 'follow', ...givenRun });
  const task = mergeTask(undefined, { taskId: 1, status: 'RUNNING', ...given }, 'http');
  const logs = createTaskLogs({
    store: { sessionCleanups: { find: async () => undefined } as never },
    find: async () => ({ run, task }),
    files: {
      page: async (_snapshot, file, _page, live) => {
        asked.push(file);
        if (!present.includes(file.path)) throw notFound('file', file.path);
        return { entries: [`live ${live}`], forwardToken: '9', rewindToken: null, truncated: false };
      },
      download: async (_snapshot, file, fileName) => {
        asked.push(file);
        return { fileName, contentType: 'text/plain', stream: (async function* () {})() };
      },
    },
  });
  return { logs, asked };
};

test('the log is that of both streams; without one, the output; always below the run’s own work directory', async () => {
  const { logs, asked } = logsOf({ workdir: '/w/ab/cdef' }, {}, ['.command.out']);
  const page = await logs.log(...where, {});
  expect(page).toMatchObject({ entries: ['live true'], pending: true, forwardToken: '9' });
  expect(page.downloads.map(({ fileName }) => fileName)).toEqual([
    '.command.out',
    '.command.err',
    '.command.log',
  ]);
  const file = { root: '/w/ab/cdef', allowedRoots: ['/w'] };
  expect(asked).toEqual([
    { ...file, path: '.command.log' },
    { ...file, path: '.command.out' },
  ]);
});

test('a task or a run that has ended writes no more', async () => {
  expect((await logsOf({ workdir: '/w/a', status: 'FAILED' }).logs.log(...where, {})).pending).toBe(false);
  expect((await logsOf({ workdir: '/w/a' }, { phase: 'done' }).logs.log(...where, {})).pending).toBe(false);
});

test('without a directory that could be the run’s, nothing is asked of the cluster', async () => {
  for (const workdir of [undefined, '', 'etc', '../etc', '~/x', 's3://bucket/x']) {
    const { logs, asked } = logsOf(workdir === undefined ? {} : { workdir });
    expect(await logs.log(...where, {})).toMatchObject({ entries: [], pending: true, forwardToken: '0' });
    await expect(logs.download(...where, '.command.out')).rejects.toMatchObject({ status: 400 });
    expect(asked).toEqual([]);
  }
  const { logs, asked } = logsOf({ workdir: '/w/a' }, { workDir: null });
  expect((await logs.log(...where, {})).entries).toEqual([]);
  expect(asked).toEqual([]);
});

test('only the files that Nextflow leaves there can be downloaded', async () => {
  const { logs, asked } = logsOf({ workdir: '/w/ab' });
  expect(await logs.download(...where, '.command.err')).toMatchObject({ fileName: 'task-1.command.err' });
  expect(asked).toEqual([{ root: '/w/ab', allowedRoots: ['/w'], path: '.command.err' }]);
  for (const name of ['../x/.command.out', '/etc/passwd', '.command.env', 'results.csv'])
    await expect(logs.download(...where, name)).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining('.exitcode'),
    });
});
