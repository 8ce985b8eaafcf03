/** What a workspace has: keys, compute environments, runs. */
import type { Break } from './break.ts';

const workspaceKeys = {
  file: 'src/actions/credentials/credentials.ts',
  test: 'src/actions/credentials/credentials.real.test.ts',
};
const environments = 'src/actions/compute-envs';
const environmentTest = `${environments}/compute-envs.real.test.ts`;
const check = { file: `${environments}/check-compute-env.ts`, test: environmentTest };
const basis = { file: `${environments}/compute-env-basis.ts`, test: environmentTest };
const runs = 'test/clients/tw/runs.real.test.ts';

const workspace: readonly Break[] = [
  {
    ...workspaceKeys,
    keeps: 'names of workspace credentials are letters, digits, dash and underscore',
    from: "    checkName('name', name);\n    const all = await tables.credentials",
    to: '    const all = await tables.credentials',
    named: 'names are unique',
  },
  {
    ...workspaceKeys,
    keeps: 'nobody sees the personal credentials of another',
    from: '!credential || credential.retiredAt !== null || !liesWithin(caller, scope, credential)',
    to: '!credential || credential.retiredAt !== null',
    named: 'names are unique',
  },
  {
    ...workspaceKeys,
    keeps: 'promise 8: a replaced workspace key is destroyed',
    from: '        if (replaced) await tables.sealedValues.put(place, replaced.sealed);\n',
    to: "        if (replaced) await tables.sealedValues.put({ ...place, field: 'key2' }, replaced.sealed);\n",
    named: 'a key is kept unless',
  },
  {
    ...workspaceKeys,
    keeps: 'identities are listed among credentials for clients that know no others, by platform',
    from: 'platform: platformId };',
    to: '};',
    named: 'identities of a platform',
  },
  {
    keeps: 'environments on deleted credentials become INVALID',
    file: 'src/actions/credentials/deletion.ts',
    from: '      await invalidate(tables, now, caller, environment, `Its credentials ${credential.name} were deleted.`);\n',
    to: '',
    test: workspaceKeys.test,
    named: 'deleting: 409',
  },
  {
    ...check,
    keeps: 'a refused key makes an environment ERRORED with what the cluster said',
    from: "if (proof.kind === 'refused') return bad(proof.message);",
    to: "if (proof.kind === 'refused') return good(environment.platform);",
    named: 'a wrong key is ERRORED',
  },
  {
    ...check,
    keeps: 'an environment is ERRORED where its work directory or scheduler is missing',
    from: "if (problems.length > 0) return bad(problems.join(' '));",
    to: 'if (problems.length > 9) return bad(problems.join());',
    named: 'the check: login by its maker',
  },
  {
    ...check,
    keeps: 'promise 16: an environment on an unconfirmed host is ERRORED, with the cure',
    from: '    await targets.pinsOf(await address());\n',
    to: '',
    named: 'an unconfirmed host key',
  },
  {
    ...check,
    keeps: 'a network that fails for a moment takes nothing away from a good environment',
    from: "(transient && (abandoned || present.status !== 'CREATING'))",
    to: '(transient && abandoned)',
    named: 'the check: login by its maker',
  },
  {
    ...check,
    keeps: 'what a stopped server left CREATING is checked after its start',
    from: '      for (const { id } of await store.computeEnvs.listUnchecked()) schedule(id);\n',
    to: '',
    named: 'left CREATING',
  },
  {
    ...basis,
    keeps: "an environment uses identities of its workspace's organisation alone",
    from: '!identity || identity.organisationId !== scope.organisationId',
    to: '!identity',
    named: "another organisation's identity",
  },
  {
    ...basis,
    keeps: 'an environment that names its own host runs under no system account',
    from: "  checkLinuxUser(config.userName ?? '');\n",
    to: '',
    named: 'needs a host and a Linux user',
  },
  {
    keeps: 'an environment is not deleted under its runs',
    file: `${environments}/compute-envs.ts`,
    from: 'if (live.length > 0 && !how.force) {',
    to: 'if (live.length > 9 && !how.force) {',
    test: environmentTest,
    named: 'deleting: 409',
  },
  {
    keeps: 'a deleted environment can still be looked at, as DELETED',
    file: `${environments}/compute-envs.ts`,
    from: '    describe: (caller, scope, id) => findEnvironment(store, caller, scope, id),\n',
    to: "    describe: async (caller, scope, id) => {\n      const found = await findEnvironment(store, caller, scope, id);\n      if (found.status === 'DELETED') throw notFound('compute environment', id);\n      return found;\n    },\n",
    test: environmentTest,
    named: 'deleting: 409',
  },
];

const launches: readonly Break[] = [
  {
    keeps: 'an environment that is not AVAILABLE takes no launch',
    file: 'src/actions/launch/launch-way.ts',
    from: "if (environment.status !== 'AVAILABLE') {",
    to: "if (environment.status === 'DELETED') {",
    test: 'src/actions/launch/launch-way.test.ts',
  },
  {
    keeps: 'a launch is on record with its scripts',
    file: 'src/actions/launch/launch-scripts.ts',
    from: "'postRunScript'",
    to: "'preRunScript'",
    test: 'src/actions/launch/launch-scripts.test.ts',
  },
  {
    keeps: 'cancelling twice is no error',
    file: 'src/actions/runs/runs.ts',
    from: '    if (!(await requestCancel(tables, run, now))) return;\n',
    to: "    if (!(await requestCancel(tables, run, now))) throw conflict('It is being cancelled already');\n",
    test: runs,
    named: 'cancel: an empty body',
  },
  {
    keeps: 'a live run is not deleted unasked',
    file: 'src/actions/runs/runs.ts',
    from: 'if (isLive(run.status) && !force) {',
    to: "if (run.status === 'SUBMITTED' && !force) {",
    test: runs,
    named: 'delete asks with force=false',
  },
];

export const breaks: readonly Break[] = [...workspace, ...launches];
