/** Compute environments: what they stand on, how they are checked, which one is meant. */
import type { Break } from './break.ts';

const test = 'src/actions/compute-envs/compute-envs.real.test.ts';
const basis = { file: 'src/actions/compute-envs/compute-env-basis.ts', test };
const actions = { file: 'src/actions/compute-envs/compute-envs.ts', test };
const checks = { file: 'src/actions/compute-envs/check-compute-env.ts', test };

export const breaks: readonly Break[] = [
  {
    ...basis,
    keeps: 'an environment stands on a managed identity or on credentials, not on two things',
    from: 'credentialsId && named !== managedIdentityId)',
    to: 'credentialsId && named === undefined)',
    named: 'by number, by the id that clients send',
  },
  {
    ...basis,
    keeps: 'an environment never points members’ keys at another host or port',
    from: '  checkSameHost(identity, input.config);\n',
    to: '',
    named: 'never points members',
  },
  {
    ...basis,
    keeps: 'an environment pins no host keys of its own for an identity’s host',
    from: '  if (input.hostKeys) {',
    to: '  if (input.hostKeys?.length === 0) {',
    named: 'never points members',
  },
  {
    ...checks,
    keeps: 'the scheduler is asked for only where there is a driver',
    from: 'launchable.has(platform) ? platform : undefined',
    to: 'platform',
    named: 'is made, checked and usable',
  },
  {
    ...checks,
    keeps: 'an environment that cannot be launched on yet says so',
    from: 'launchable.has(platform) ? null : notLaunchable(platform)',
    to: 'null',
    named: 'is made, checked and usable',
  },
  {
    ...checks,
    keeps: 'the check looks at the work directory',
    from: '      workDir: workDir ?? null,\n',
    to: '      workDir: null,\n',
    named: 'is made, checked and usable',
  },
  {
    ...checks,
    keeps: 'reporting over HTTP without the plugin is told',
    from: 'reportingFinding(proof.report, reporting)',
    to: 'reportingFinding(proof.report, undefined)',
    named: 'reporting over HTTP',
  },
  {
    ...checks,
    keeps: 'a check does not enable what was disabled',
    from: "['DELETED', 'DELETING', 'DISABLED'].includes(present.status)",
    to: "['DELETED', 'DELETING'].includes(present.status)",
    named: 'names, the primary one',
  },
  {
    ...actions,
    keeps: 'one environment is the primary one',
    from: 'if (row.primary && row.id !== id)',
    to: 'if (!row.primary && row.id !== id)',
    named: 'names, the primary one',
  },
];
