/** A status reader's bound line on a cluster under any scheduler, as sshd would start it. */
import type { SchedulerDriver } from '#core/ports/scheduler.ts';
import type { GridCluster, GridScheduler } from '../grid-cluster.ts';
import type { gridMember } from './grid-member.ts';

/** @returns what it answers when it is asked for the jobs of these users */
export const askBoundLine = async (
  cluster: GridCluster<GridScheduler>,
  driver: SchedulerDriver,
  reader: Pick<ReturnType<typeof gridMember>, 'user' | 'run'>,
  linuxUsers: readonly string[],
): Promise<string> => {
  const environment = Object.entries({
    ...cluster.scheduler.environment,
    PATH: `${cluster.binDir}:/usr/bin:/bin`,
  });
  await reader.user.write(
    '.profile',
    environment.map(([key, value]) => `export ${key}='${value}'\n`).join(''),
  );
  const { stdout } = await reader.run({
    argv: ['sh', '-c', driver.readerCommand],
    stdin: `hello a b\njobs 1 ${linuxUsers.join(',')}\n`,
    timeoutMs: 0,
  });
  return /\nO 1 \d+\n([^]*)Z 1 0/.exec(Buffer.from(stdout).toString())?.[1] ?? '';
};
