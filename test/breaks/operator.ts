/** The operator's surface: settings, commands, health, the first owner. */
import type { Break } from './break.ts';

const settings = { file: 'src/server/settings.ts', test: 'src/server/settings.test.ts' };
const serve = 'src/server/serve.real.test.ts';
const doctor = { file: 'src/cli/doctor.ts', test: 'src/cli/doctor.real.test.ts' };

const fallback = (name: string, from: string, to: string): Break => ({
  ...settings,
  keeps: `${name} has the default of the manual`,
  from: `read('${name}', ${from})`,
  to: `read('${name}', ${to})`,
});
const read = (name: string, from: string, to: string): Break => ({
  ...settings,
  keeps: `${name} takes effect`,
  from,
  to,
});
const checked = (keeps: string, from: string, to: string): Break => ({ ...settings, keeps, from, to });

const environment: readonly Break[] = [
  fallback('LATCHKEY_LISTEN', "'127.0.0.1:8080'", "'0.0.0.0:8080'"),
  fallback('LATCHKEY_URL', 'address', "'http://localhost'"),
  fallback('LATCHKEY_DATA', "'./data'", "'/var/lib/latchkey'"),
  fallback('LATCHKEY_DATABASE', '`sqlite:${dataDir}/latchkey.db`', '`sqlite:${dataDir}/db`'),
  fallback('LATCHKEY_ROOT_KEY_FILE', '`${dataDir}/root.key`', '`${dataDir}/key`'),
  fallback('LATCHKEY_ALLOWED_NETWORKS', "''", "'127.0.0.0/8'"),
  fallback('LATCHKEY_HOST_KEYS', "'confirm'", "'first-use'"),
  fallback('LATCHKEY_TRUSTED_PROXIES', "''", "'127.0.0.0/8'"),
  fallback('LATCHKEY_METRICS_LISTEN', "''", "'127.0.0.1:9090'"),
  fallback('LATCHKEY_LOG_LEVEL', "'info'", "'debug'"),
  read('LATCHKEY_URL', "return value.replace(/\\/+$/, '');", 'return value;'),
  read('LATCHKEY_ALLOWED_NETWORKS', "`${part}/${part.includes(':') ? 128 : 32}`", '`${part}/0`'),
  read('LATCHKEY_TRUSTED_PROXIES', '      trustedProxies,\n', '      trustedProxies: [],\n'),
  read(
    'LATCHKEY_METRICS_LISTEN',
    "metrics === '' ? null : parseListen",
    "metrics !== '' ? null : parseListen",
  ),
  read('LATCHKEY_ROOT_KEY_FILE', '      rootKeyFile,\n', '      rootKeyFile: `${dataDir}/root.key`,\n'),
  read('LATCHKEY_HOST_KEYS', '      hostKeys,\n', "      hostKeys: 'confirm',\n"),
  read('LATCHKEY_LOG_LEVEL', '      logLevel,\n', "      logLevel: 'info',\n"),
  checked(
    'a setting that was misspelt is refused, not ignored',
    'if (unknown.length > 0) {',
    'if (unknown.length > 99) {',
  ),
  checked('a port is one', ' || port > 65_535', ''),
  checked('an address is one of the web', ' || !/^https?:$/.test(new URL(value).protocol)', ''),
  checked('a network is one', 'if (!ipaddr.isValidCIDR(cidr)) {', "if (cidr === '') {"),
  checked(
    'there are two ways with host keys',
    'allowed.find((candidate) => candidate === value) ??',
    'allowed.find((candidate) => candidate === value || candidate.endsWith(value)) ?? allowed[0] ??',
  ),
  checked(
    'the password of a database is not shown',
    "value: name === 'LATCHKEY_DATABASE' ? hideDatabasePassword(value) : value,",
    'value,',
  ),
  checked(
    'a setting says where it comes from',
    "source: given ? 'environment' : 'default',",
    "source: 'environment',",
  ),
  {
    keeps: 'a bad setting ends a command with exit status 2',
    file: 'src/cli/problems.ts',
    from: 'error instanceof SettingsError ? 2 : 1;',
    to: '1;',
    test: serve,
    named: 'ends any command',
  },
  {
    keeps: 'a bad setting ends the server with exit status 2 and a sentence',
    file: 'src/server/serve.ts',
    from: 'const badSettingsExit = 2;',
    to: 'const badSettingsExit = 1;',
    test: serve,
    named: 'a bad setting and a taken port',
  },
];

const firstStart: readonly Break[] = [
  {
    keeps: 'the root key is spoken of aloud when it is made',
    file: 'src/server/serve.ts',
    from: 'if (foundation.freshRootKey) {',
    to: 'if (!foundation.freshRootKey) {',
    test: serve,
    named: 'the first start',
  },
  {
    keeps: 'the first start prints a link for the first owner',
    file: 'src/server/serve.ts',
    from: '    say(`  ${settings.publicUrl}/setup/${secret}`);\n',
    to: '',
    test: serve,
    named: 'the first start',
  },
  {
    keeps: 'where somebody is there is no link for a first owner',
    file: 'src/actions/setup.ts',
    from: '        if ((await tables.users.count()) > 0) return null;\n',
    to: '',
    test: serve,
    named: 'init before the first start',
  },
  {
    keeps: 'of many who use the link at once one becomes owner',
    file: 'src/actions/setup.ts',
    from: 'if (!used || (await tables.users.count()) > 0) throw linkGone();',
    to: 'if (used === undefined) throw linkGone();',
    test: 'src/api/sign-in.real.test.ts',
    named: 'of many who use it at once',
  },
  {
    keeps: 'a mistake in the form does not use up the link',
    file: 'src/actions/setup.ts',
    from: '      const hash = await passwords.hashPassword(checkPassword(wanted.password));\n      return store.transaction(async (tables) => {\n        const link',
    to: '      const hash = await passwords.hashPassword(wanted.password);\n      return store.transaction(async (tables) => {\n        const link',
    test: 'src/api/sign-in.real.test.ts',
    named: 'mistakes do not use it up',
  },
  {
    keeps: 'metrics have a listener of their own',
    file: 'src/server/serve.ts',
    from: '    await listenMetrics(house.metrics, settings);\n',
    to: '',
    test: serve,
    named: 'metrics on their own listener',
  },
  {
    keeps: 'readiness tells whether the database answers',
    file: 'src/api/health.ts',
    from: '.code(readiness.ok ? 200 : 503)',
    to: '.code(200)',
    test: 'src/api/clients.real.test.ts',
    named: 'health tells life',
  },
];

const commands: readonly Break[] = [
  {
    keeps: 'a token file is for its owner alone, whatever lay there before',
    file: 'src/cli/people.ts',
    from: '    await handle.chmod(0o600);\n',
    to: '',
    test: serve,
    named: 'init before the first start',
  },
  {
    keeps: 'init is idempotent, and says so',
    file: 'src/actions/setup.ts',
    from: 'const changed = account.changed || !known || membership.changed || found === undefined;',
    to: 'const changed = true;',
    test: serve,
    named: 'init before the first start',
  },
  {
    keeps: 'user add: a role in the organisation takes effect, also of somebody who is there',
    file: 'src/cli/people.ts',
    from: '      ...organisationRole(options.role),\n',
    to: '',
    test: serve,
    named: 'user add adds',
  },
  {
    keeps: 'user add: a role in the workspace takes effect, also of somebody who is there',
    file: 'src/cli/people.ts',
    from: '      ...(workspaceRole === undefined ? {} : { workspaceRole }),\n',
    to: '',
    test: serve,
    named: 'user add adds',
  },
  {
    keeps: 'user add: a workspace that does not exist is refused',
    file: 'src/actions/setup.ts',
    from: '            : await tables.workspaces.findByName(organisation.id, wanted.workspace);',
    to: '            : ((await tables.workspaces.findByName(organisation.id, wanted.workspace)) ?? null);',
    test: serve,
    named: 'user add adds',
  },
  {
    ...doctor,
    keeps: 'doctor ends with 1 where something is wrong',
    from: 'return findings.every((finding) => finding.ok) ? 0 : 1;',
    to: 'return findings.some((finding) => finding.ok) ? 0 : 1;',
    named: 'no ssh',
  },
  {
    ...doctor,
    keeps: 'doctor looks at the version of ssh',
    from: 'Number(minor) >= oldestSsh[1]',
    to: 'Number(minor) >= 0',
    named: 'no ssh',
  },
  {
    ...doctor,
    keeps: 'doctor looks at the clock',
    from: 'return now.getFullYear() >= 2026',
    to: 'return now.getFullYear() >= 1970',
    named: 'clock',
  },
  {
    ...doctor,
    keeps: 'doctor looks at the disk',
    from: 'return bavail * bsize >= leastFreeBytes',
    to: 'return bavail * bsize >= 0',
    named: 'disk',
  },
  {
    ...doctor,
    keeps: 'doctor looks at database and root key',
    from: "return [{ part: 'database and root key', ok: false,",
    to: "return [{ part: 'database and root key', ok: true,",
    named: 'a database that does not open',
  },
  {
    keeps: 'config says where each setting comes from',
    file: 'src/cli/main.ts',
    from: '  [${source}]`',
    to: '`',
    test: serve,
    named: 'config shows',
  },
];

export const breaks: readonly Break[] = [...environment, ...firstStart, ...commands];
