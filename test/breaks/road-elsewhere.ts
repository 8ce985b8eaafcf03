/** The whole road on other schedulers, as code, and with a status reader's key. */
import type { Break } from './break.ts';

const roads = 'test/schedulers/roads.real.test.ts';
const reader = 'test/schedulers/status-reader.real.test.ts';
const environments = 'test/e2e/terraform-environments.test.ts';
const computeEnv = 'src/provider/resources/compute-env.ts';

export const breaks: readonly Break[] = [
  {
    keeps: 'a run that was cancelled ends so on other schedulers',
    file: 'src/launcher/verdict.ts',
    from: 'if (run.cancelRequestedAt !== null && remains.exitStatus !== 0) {',
    to: 'if (run.cancelRequestedAt !== null && remains.exitStatus === null) {',
    test: roads,
    named: 'LSF .*the managed way',
  },
  {
    keeps: 'a run that fails on other schedulers says so in plain words',
    file: 'src/launcher/verdict.ts',
    from: 'errorMessage: remains.launcherMessage ?? failure?.said ?? unsaid,',
    to: 'errorMessage: failure?.said ?? unsaid,',
    test: roads,
    named: 'LSF .*the workspace way',
  },
  {
    keeps: 'a status reader tells who it is, name and number',
    file: 'src/schedulers/queries/reader.sh',
    from: 'o=$(echo "$(id -un) $(id -u)")',
    to: 'o=$(id -un)',
    test: reader,
    named: 'bin/bash.*one login for many|ForceCommand',
  },
  {
    keeps: 'promise 10: no command travels with a status reader’s key, whatever its target is called',
    file: 'src/ssh/reader.ts',
    from: "  'readerCommand' in target || target.credentialKey.startsWith('reader:');",
    to: "  'readerCommand' in target;",
    test: reader,
    named: 'promise 10',
  },
  {
    keeps: 'a status reader’s line binds its key to one command',
    file: 'src/core/authorized-keys.ts',
    from: '() => `restrict,command="${command.replaceAll(\'"\', String.raw`\\"`)}" `,',
    to: "() => 'restrict ',",
    test: reader,
    named: 'under its line',
  },
  {
    keeps: 'a status reader goes over the jump hosts of its cluster',
    file: 'src/ssh/ssh-process.ts',
    from: '  const hosts = [...(target.through ?? []), target];\n',
    to: "  const hosts = [...('readerCommand' in target ? [] : (target.through ?? [])), target];\n",
    test: reader,
    named: 'over a jump host',
  },
  {
    keeps: 'a status reader’s channels are found by its credential',
    file: 'src/ssh/channel-key.ts',
    from: "    key.replace(/@[^@]*$/, ''),\n",
    to: '    key,\n',
    test: reader,
    named: 'another command behind the key',
  },
  {
    keeps: 'as code: an environment that somebody else deleted is made anew',
    file: computeEnv,
    from: "if (!found || found.deleted || found.status === 'DELETED') return null;",
    to: 'if (!found) return null;',
    test: environments,
    named: 'with a key that the workspace shares',
  },
  {
    keeps: 'as code: an environment that cannot be used is taken back',
    file: computeEnv,
    from: '      await context.call(deleteComputeEnv, place(made));\n      throw',
    to: '      throw',
    test: environments,
    named: 'taken back',
  },
  {
    keeps: 'as code: each field of a scheduler comes back as it is written',
    file: 'src/provider/resources/grid-config.ts',
    from: '    perJobMemLimit: grid.per_job_mem_limit,\n',
    to: '',
    test: environments,
    named: 'all five platforms',
  },
  {
    keeps: 'as code: a checked credential is not destroyed under a run',
    file: 'src/provider/resources/managed-credentials.ts',
    from: 'checked: state.checked ?? false },\n    });\n    await orGone',
    to: 'checked: false },\n    });\n    await orGone',
    test: 'test/e2e/terraform-example.test.ts',
  },
];
