/** What a task wrote, read over the member's channel; where a task says it lies is believed only within its run. */
import { describe, expect, inject, test } from 'vitest';
import { attachCluster } from '../support/cluster.ts';
import {
  addKey,
  freshName,
  giveTrivialNextflow,
  launch,
  makeEnvironment,
  registerCluster,
  waitForRun,
} from '../support/road.ts';
import { useServer } from '../support/use-server.ts';

const cluster = attachCluster(inject('cluster'));
const server = useServer();

/** Stands for Nextflow: leaves two task directories, and links that lead out of the work directory. */
const script = `
t=$NXF_WORK/ab/task1; mkdir -p "$t" "$NXF_WORK/cd/task2" "$HOME/outside"
printf 'both\\nlines ü\\n' > "$t/.command.log"; echo output > "$t/.command.out"; echo error > "$t/.command.err"
echo 0 > "$t/.exitcode"
echo 'only output' > "$NXF_WORK/cd/task2/.command.out"
echo SECRET > "$HOME/outside/.command.log"; echo SECRET > "$HOME/outside/.command.out"
ln -s "$HOME/outside" "$NXF_WORK/linked"
mkdir -p "$NXF_WORK/ef/task3"; ln -s "$HOME/outside/.command.log" "$NXF_WORK/ef/task3/.command.log"
`;

describe('task logs', () => {
  test('are read and downloaded from the task’s directory; nothing outside the run’s work directory is', {
    timeout: 90_000,
  }, async () => {
    const account = await cluster.addUser('tasks');
    await giveTrivialNextflow(account);
    await account.write('bin/nextflow', `#!/bin/bash\n[ "$1" = -v ] && exit\n${script}\n`, 0o755);
    const member = await server.addMember(freshName('tasks'));
    const identity = await registerCluster(server, cluster);
    await addKey(member.api, identity, account);
    const environment = await makeEnvironment(server, identity);
    const run = await launch(server, member.api, environment, { pipeline: '/trivial' });
    await waitForRun(server, member.api, run, ['SUCCEEDED'], 60_000);
    const at = (what: string) =>
      `/workflow/${run}${what}${what.includes('?') ? '&' : '?'}workspaceId=${server.workspaceId}`;
    const { body } = await member.api.get<{ workflow: { workDir: string } }>(at(''));
    const { workDir } = body.workflow;
    const outside = `${account.home}/outside`;
    const workdirs = [
      `${workDir}/ab/task1`,
      `${workDir}/cd/task2`,
      `${workDir}/ef/task3`,
      `${workDir}/linked`,
      outside,
      `${workDir}/../../${outside.split('/').slice(-2).join('/')}`,
      `${workDir}/ab/../linked`,
      '/etc',
      `${workDir}-other`,
    ];
    const tasks = workdirs.map((workdir, index) => ({
      taskId: index + 1,
      status: 'COMPLETED',
      name: `T (${index})`,
      process: 'T',
      workdir,
    }));
    await member.api.put(`/trace/${run}/progress?workspaceId=${server.workspaceId}`, { tasks });

    const log = async (task: number, more = '') =>
      (
        await member.api.get<{
          log: { entries: string[]; forwardToken?: string; downloads: { fileName: string }[] };
        }>(at(`/log/${task}${more}`))
      ).body.log;
    const first = await log(1);
    expect(first.entries).toEqual(['both', 'lines ü']);
    expect(first.downloads.map(({ fileName }) => fileName)).toContain('.command.err');
    const cut = await log(1, '?maxLength=6');
    expect(cut.entries).toEqual(['both']);
    expect((await log(1, `?next=${cut.forwardToken}`)).entries).toEqual(['lines ü']);
    expect((await log(2)).entries).toEqual(['only output']);

    const download = async (task: number, fileName: string) => {
      const answer = await fetch(`${server.url}/api${at(`/download/${task}?fileName=${fileName}`)}`, {
        headers: { Authorization: `Bearer ${member.token}` },
      });
      return [answer.status, await answer.text()] as const;
    };
    expect(await download(1, '.command.out')).toEqual([200, 'output\n']);
    expect(await download(1, '.command.err')).toEqual([200, 'error\n']);
    expect(await download(1, '.exitcode')).toEqual([200, '0\n']);
    expect((await download(2, '.command.err'))[0]).toBe(404);

    for (let task = 3; task <= workdirs.length; task += 1) {
      const where = workdirs[task - 1];
      expect((await log(task)).entries, where).toEqual([]);
      for (const fileName of ['.command.log', '.command.out']) {
        const [status, text] = await download(task, fileName);
        expect(status, `${where} ${fileName}`).toBe(404);
        expect(text).not.toContain('SECRET');
      }
    }
    await account.remove();
  });
});
