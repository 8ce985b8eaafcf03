/** What a cluster answered about a member's account, put into sentences: what is not as it should be, and its cure. */
import { defaultReporting, type Reporting } from '#core/grid-config.ts';
import { type Platform, schedulerNames } from '#core/platforms.ts';
import type { AccountReport } from '#core/ports/scheduler.ts';

const whoMayWrite = (report: AccountReport): string =>
  report.workDirGroup
    ? `belongs to the group ${report.workDirGroup}; ask for ${report.linuxUser} to be added to it, and for chmod 2770 on the directory`
    : `should belong to one Linux group of all members (chgrp GROUP, chmod 2770), with ${report.linuxUser} in it`;

/** Where the scheduler has no driver: everything can be prepared, nothing launched. */
export const notLaunchable = (platform: Platform): string =>
  `Launching on ${schedulerNames[platform]} is not in this version; a check looks at host key, login and directories, not at the scheduler.`;

/** What keeps every run of this member from working. `platform` absent: the scheduler was not asked. */
export const blockers = (report: AccountReport, platform: Platform | undefined, host: string): string[] => [
  ...(report.homeWritable
    ? []
    : [
        `The home directory ${report.home} of ${report.linuxUser} on ${host} is not writable: check its owner and the quota.`,
      ]),
  ...(report.workDir !== null && !report.workDirWritable
    ? [
        report.workDirExists
          ? `${report.linuxUser} cannot write to the work directory ${report.workDir} on ${host}: it ${whoMayWrite(report)}.`
          : `The work directory ${report.workDir} does not exist on ${host} and ${report.linuxUser} cannot make it: have it made (mkdir -p); it ${whoMayWrite(report)}.`,
      ]
    : []),
  ...(platform !== undefined && report.schedulerVersion === null
    ? [
        `${schedulerNames[platform]} was not found by a login of ${report.linuxUser} on ${host}: its commands must be on the PATH that a login gets (/etc/profile.d, or the module that provides them).`,
      ]
    : []),
];

/** Whether runs can report as they are told to; null where they can. */
export const reportingFinding = (report: AccountReport, reporting: Reporting | undefined): string | null =>
  (reporting ?? defaultReporting) === 'ssh' || report.nfTower !== null
    ? null
    : `Nextflow's plugin nf-tower is not installed for ${report.linuxUser}, so progress is read over SSH alone, unless a pre-run script names another plugin directory.`;

/** Everything worth a sentence: blockers first. All members of an identity work in one directory of one Linux group. */
export const findingsOf = (report: AccountReport, platform: Platform | undefined, host: string): string[] => [
  ...blockers(report, platform, host),
  ...(report.workDir !== null && report.workDirExists && report.workDirWritable && !report.workDirGroupShared
    ? [
        `The work directory ${report.workDir} is not shared by a group of ${report.linuxUser}'s: other members cannot work in it. Give it to one Linux group of all members: chgrp GROUP ${report.workDir} && chmod 2770 ${report.workDir}.`,
      ]
    : []),
  ...(report.nextflow === null
    ? [
        `nextflow was not found on the PATH of ${report.linuxUser} on ${host}: install it there or load its module in the identity's preRunScript.`,
      ]
    : []),
  ...(report.java === null
    ? [
        `Java was not found on the PATH of ${report.linuxUser} on ${host}: Nextflow needs it; install it or load its module in the identity's preRunScript.`,
      ]
    : []),
];
