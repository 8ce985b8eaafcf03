/** Account check: who a login is, where it can write, what it finds. One command, the same for every scheduler. */
import type { RemoteResult } from '#core/ports/cluster-access.ts';
import type { AccountProbe, AccountReport, CommandText } from '#core/ports/scheduler.ts';
import { answerFields, complaint, farSide } from '../far-side/far-side.ts';

const script = ['far-side/answer', 'far-side/paths'].map(farSide).join('');
const body = farSide('queries/probe');

/** @param scheduler far-side script that brings `lk_scheduler` */
export const probe = (scheduler: string, { workDir }: { workDir: string | null }): CommandText => ({
  argv: ['sh', '-s', workDir ?? ''],
  stdin: `${script}${scheduler}${body}`,
  timeoutMs: 60_000,
});

/** @throws Error when the answer is cut short or of another shape */
export const parseProbe = (result: RemoteResult): AccountReport => {
  const said = answerFields(result);
  if (said?.['outcome'] === 'refused') throw new Error(said['reason']);
  const { user, home = '', uid = '' } = said ?? {};
  if (!said || !user || !/^\d+$/.test(uid))
    throw new Error(`The account check gave no usable answer: ${complaint(result)}`);
  return {
    linuxUser: user,
    uid: Number(uid),
    groups: (said['groups'] ?? '').split(' ').filter((group) => group !== ''),
    home,
    homeWritable: said['home-writable'] === '1',
    workDir: said['work'] || null,
    workDirExists: said['work-exists'] === '1',
    workDirWritable: said['work-writable'] === '1',
    workDirGroup: said['work-group'] || null,
    workDirGroupShared: said['work-shared'] === '1',
    nextflow: said['nextflow'] || null,
    java: said['java'] || null,
    nfTower: said['nf-tower'] || null,
    schedulerVersion: said['scheduler'] || null,
    accounting: said['accounting'] === '1',
  };
};

/** Where no driver knows the scheduler yet: the account and its directories. */
export const accountProbe: AccountProbe = {
  probe: (directories) => probe('lk_scheduler() { :; }\n', directories),
  parseProbe,
};
