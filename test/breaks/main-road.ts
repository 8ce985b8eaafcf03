/** The whole road on a real cluster: launches, restarts, logins, ends. */
import type { Break } from './break.ts';

const road = 'test/e2e/main-road.test.ts';
const restart = 'test/e2e/restart.test.ts';
const shells = 'test/e2e/login-shells.test.ts';
const cancel = 'test/e2e/cancel.test.ts';
const configuration = 'test/e2e/configuration.test.ts';
const login = 'test/e2e/login-nodes.test.ts';

export const breaks: readonly Break[] = [
  {
    keeps: 'promise 10: a run is its own member’s, whoever else has a key on the cluster',
    file: 'src/actions/launch/launch-way.ts',
    from: 'await store.managedCredentials.find(identity.id, caller.userId)',
    to: '(await store.managedCredentials.listOfIdentity(identity.id))[0]',
    test: road,
    named: 'Alice and Bob',
  },
  {
    keeps: 'promise 10: two members with one account keep their keys apart on a real cluster',
    file: 'src/ssh/pool.ts',
    from: '    const found = entries.get(key);\n',
    to: '    const found = entries.get(key) ?? [...entries.values()].find(({ target: other }) => other.hostName === target.hostName && other.port === target.port && other.userName === target.userName);\n',
    test: road,
    named: 'two members who share',
  },
  {
    keeps: 'page by page a real log is the whole file',
    file: 'src/schedulers/files/file.sh',
    from: 'tail -c "+$((lk_offset + 1))" <&3',
    to: 'tail -c "+$lk_offset" <&3',
    test: road,
    named: 'a run can be read',
  },
  {
    keeps: 'on PostgreSQL a key whose runs have ended can be deleted',
    file: 'src/store/runs.ts',
    from: "const live = newestFirst.where('runs.status', 'in', liveStatuses);",
    to: 'const live = newestFirst;',
    test: 'test/e2e/postgres-road.test.ts',
  },
  {
    keeps: 'promise 22: a server that was killed while it submitted looks before it submits again',
    file: 'src/schedulers/submission/submit.sh',
    from: '  if [ -f "$lk_own.job" ] && read -r lk_job <"$lk_own.job" && [ -n "$lk_job" ]; then lk_submitted recorded; fi\n  # An intent that a crash of the file system took is known to the server: it has noted durably what it sends.\n  if [ -e "$lk_own.intent" ]; then lk_look; elif [ -n "$lk_sent" ]; then lk_seek "$lk_sent"; fi\n',
    to: '',
    test: restart,
    named: 'killed at random moments',
  },
  {
    keeps: 'SIGTERM ends the server in order',
    file: 'src/server/serve.ts',
    from: "['SIGTERM', 'SIGINT', 'SIGHUP']",
    to: "['SIGINT', 'SIGHUP']",
    test: restart,
    named: 'SIGTERM',
  },
  {
    keeps: 'a member’s login shell may be any: it sees words that mean the same in all',
    file: 'src/ssh/far-side.ts',
    from: "'exec /bin/sh';",
    to: "'LC_ALL=C exec /bin/sh';",
    test: shells,
    named: 'tina|finn',
  },
  {
    keeps: 'what a real start-up file prints is no greeting of ours',
    file: 'src/ssh/frames.ts',
    from: '\\\\d{1,10} \\\\d{1,10} ${nonce}\\n`',
    to: '\\\\d{1,10} \\\\d{1,10} \\\\w+\\n`',
    test: shells,
    named: 'noisy',
  },
  {
    keeps: 'a real Nextflow is told before its head job is removed',
    file: 'src/launcher/cancel.ts',
    from: "if (head.state === 'running' && !told) {",
    to: "if (head.state === 'running' && !told && run.failures > 0) {",
    test: cancel,
    named: 'Nextflow cleans up',
  },
  {
    keeps: 'what a killed head job leaves in a real queue is removed',
    file: 'src/launcher/collect.ts',
    from: 'if (driver && leftovers.length > 0) {',
    to: 'if (driver && leftovers.length > 2) {',
    test: cancel,
    named: 'was killed',
  },
  {
    keeps: 'promise 10: nobody goes on from the session of another Linux user',
    file: 'src/actions/launch/launch.ts',
    from: 'if (last.snapshot.linuxUser !== way.linuxUser || last.snapshot.clusterKey',
    to: 'if (last.snapshot.clusterKey',
    test: 'test/e2e/shared-work-dir.test.ts',
  },
  {
    keeps: 'the environment’s setting wins over the identity’s on a real cluster',
    file: 'src/core/grid-config.ts',
    from: '{ ...identity, ...own, discriminator: identity.discriminator }',
    to: '{ ...own, ...identity }',
    test: configuration,
    named: 'all thirteen fields',
  },
  {
    keeps: 'options that are not handed on do not reach tasks in a real queue',
    file: 'src/schedulers/slurm/options.ts',
    from: "snapshot.config.propagateHeadJobOptions ? slurmOptions(snapshot.config.headJobOptions ?? '') : []",
    to: "snapshot.config.headJobOptions ? slurmOptions(snapshot.config.headJobOptions ?? '') : []",
    test: configuration,
    named: 'propagateHeadJobOptions',
  },
  {
    keeps: 'each parameter of a launch reaches a real run: the entry',
    file: 'src/schedulers/head/head-script.ts',
    from: "    ...(launch.entryName ? ['-entry', launch.entryName] : []),\n",
    to: '',
    test: 'test/e2e/launch-parameters.test.ts',
  },
  {
    keeps: 'promise 22: a head job that was cancelled while its login node was down ends as such',
    file: 'src/launcher/verdict.ts',
    from: "status: ending.state === 'cancelled' ? 'CANCELLED' : 'FAILED',",
    to: "status: 'FAILED',",
    test: login,
    named: 'twenty runs',
  },
  {
    keeps: 'promise 22: the other login node looks before it submits again',
    file: 'src/schedulers/submission/submit.sh',
    from: '  if [ -f "$lk_own.job" ] && read -r lk_job <"$lk_own.job" && [ -n "$lk_job" ]; then lk_submitted recorded; fi\n  # An intent that a crash of the file system took is known to the server: it has noted durably what it sends.\n  if [ -e "$lk_own.intent" ]; then lk_look; elif [ -n "$lk_sent" ]; then lk_seek "$lk_sent"; fi\n',
    to: '',
    test: login,
    named: 'one dies in the middle',
  },
];
