/** What requests mean, however clients write them; and small promises of the vault, of Git hosts and of the server. */
import type { Break } from './break.ts';

const input = 'src/contract/input.test.ts';
const normalise = { file: 'src/contract/normalise.ts', test: input };
const grid = { file: 'src/contract/grid-config.ts', test: input };
const route = { file: 'src/contract/route.ts', test: 'src/contract/route.test.ts' };
const wire = { file: 'src/vault/ssh-wire.ts', test: 'src/vault/ssh-wire.test.ts' };
const token = { file: 'src/vault/token-secret.ts', test: 'src/vault/token-secret.test.ts' };
const password = { file: 'src/vault/password.ts', test: 'src/vault/password.test.ts' };
const hosted = { file: 'src/git/hosted.ts', test: 'src/git/hosted.test.ts' };
const memory = { file: 'src/server/spare-memory.ts', test: 'src/server/spare-memory.test.ts' };

const meant: readonly Break[] = [
  {
    ...normalise,
    keeps: 'a request that is nested without end is refused',
    from: '  if (path.length > maxDepth) throw',
    to: '  if (path.length > 64 * maxDepth) throw',
    named: 'nesting has an end',
  },
  {
    ...normalise,
    keeps: 'a request of a million values is refused',
    from: 'if (budget.left < 0) throw',
    to: 'if (budget.left < -maxValues * maxDepth) throw',
    named: 'so has the number',
  },
  {
    ...grid,
    keeps: 'fields of LSF are not kept for others',
    from: "  if (chosen !== 'lsf-platform') for (const field of lsfOnly) delete config[field];\n",
    to: '',
    named: 'fields of one scheduler',
  },
  {
    keeps: 'a change without a configuration leaves the configuration as it is',
    file: 'src/contract/identities.ts',
    from: '  if (config === undefined) return { ...patch',
    to: '  if (config === undefined && !hostName) return { ...patch',
    test: input,
    named: 'touches host and port alone',
  },
  {
    ...grid,
    keeps: 'a variable of which nothing is said goes to the head job',
    from: 'head: head ?? compute === undefined,',
    to: 'head: head ?? false,',
    named: 'variables say where',
  },
  {
    ...grid,
    keeps: 'promise 19: a host name that begins with a dash is refused',
    from: '/^(?:[A-Za-z0-9_:][A-Za-z0-9._:-]*)?$/',
    to: '/^\\S*$/',
    named: 'is refused by name',
  },
  {
    keeps: 'a client that cannot carry a key says whose entry it means',
    file: 'src/contract/managed-credentials.ts',
    from: 'const userId = managedCredentials?.userId ?? named;',
    to: 'const userId = named;',
    test: input,
    named: 'of members',
  },
  {
    keeps: 'a workspace’s credential is a key',
    file: 'src/contract/credentials.ts',
    from: '    if (privateKey === undefined) {\n',
    to: '    if (keys === undefined) {\n',
    test: input,
    named: 'of workspaces',
  },
  {
    keeps: 'promise 1: no refusal repeats what was sent',
    file: 'src/contract/problems.ts',
    from: "return `must be one of ${issue.values.map(String).join(', ')}`;",
    to: "return `must be one of ${issue.values.map(String).join(', ')}, not ${String(issue.input)}`;",
    test: input,
    named: 'no refusal repeats',
  },
  {
    keeps: 'a relaunch may carry what a client has read and we do not know',
    file: 'src/contract/runs.ts',
    from: 'export const launchFields = z.object({',
    to: 'export const launchFields = z.strictObject({',
    test: input,
    named: 'a relaunch may carry',
  },
  {
    ...route,
    keeps: 'promise 27: a route that names no permission does not build',
    from: 'Route = RouteShape & Access & { permission: Permission };',
    to: 'Route = RouteShape & Partial<Access> & { permission?: Permission };',
    named: 'does not build',
  },
  {
    ...route,
    keeps: 'promise 27: a permission fits its scope',
    from: '  | { permission: WorkspacePermission; scope: WorkspaceScopeKind };',
    to: '  | { permission: Permission; scope: WorkspaceScopeKind };',
    named: 'does not fit its scope',
  },
  {
    ...route,
    keeps: 'a route has exactly one success status',
    from: "OneKey<Declared['response']>",
    to: "keyof Declared['response']",
    named: 'or two, does not build',
  },
  {
    ...route,
    keeps: 'what a route answers is its success status',
    from: 'status: Number(status), answer }',
    to: 'status: Number(status), answer: null }',
    named: 'well formed',
  },
  {
    keeps: 'a decision about host keys that says nothing is none',
    file: 'src/contract/host-keys.ts',
    from: '(body) => body.confirm !== undefined || body.hostKeys !== undefined,',
    to: '() => true,',
    test: input,
    named: 'a decision about host keys',
  },
];

const kept: readonly Break[] = [
  {
    ...wire,
    keeps: 'what a key holds comes back as it went in',
    from: 'take(buffer.length - at)',
    to: 'buffer',
    named: 'come back as they went in',
  },
  {
    ...wire,
    keeps: 'a number that begins with its highest bit is positive',
    from: '(digits[0] ?? 0) >= 0x80',
    to: '(digits[0] ?? 0) > 0x80',
    named: 'RFC 4251',
  },
  {
    ...wire,
    keeps: 'a key that ends early is refused',
    from: 'if (length > buffer.length - at) throw',
    to: 'if (at > buffer.length) throw',
    named: 'ends too early',
  },
  {
    ...token,
    keeps: 'promise 25: no secret is so short that it could be guessed',
    from: '!Number.isInteger(bytes) || bytes < 16',
    to: '!Number.isInteger(bytes)',
    named: 'long enough',
  },
  {
    ...token,
    keeps: 'promise 25: secrets are compared whatever their length',
    from: 'timingSafeEqual(Buffer.from(hashSecret(one)), Buffer.from(hashSecret(other)))',
    to: 'timingSafeEqual(Buffer.from(one), Buffer.from(other))',
    named: 'promise 25',
  },
  {
    ...password,
    keeps: 'hashes of other services, with shorter salts, are understood',
    from: '\\$([A-Za-z0-9+/]{11,86})\\$',
    to: '\\$([A-Za-z0-9+/]{22,86})\\$',
    named: 'other parameters',
  },
  {
    ...password,
    keeps: 'the same password typed on two keyboards is the same',
    from: "password.normalize('NFKC')",
    to: 'password',
    named: 'Unicode form',
  },
  {
    ...password,
    keeps: 'an endless password is not hashed',
    from: "  if (password.length > MAX_PASSWORD_LENGTH) throw new RangeError('a password has at most 1024 characters');\n",
    to: '',
    named: 'endless',
  },
];

const elsewhere: readonly Break[] = [
  {
    ...hosted,
    keeps: 'tags of a repository can be launched as its branches can',
    from: "['refs/heads/', 'refs/tags/'].flatMap",
    to: "['refs/heads/'].flatMap",
    named: 'gives revisions',
  },
  {
    ...hosted,
    keeps: 'promise 26: no redirect leads to where nothing was checked',
    from: "'http.followRedirects': 'false'",
    to: "'http.followRedirects': 'true'",
    named: 'promise 26',
  },
  {
    ...hosted,
    keeps: 'promise 26: repositories are read by https alone',
    from: "url?.protocol !== 'https:' || ",
    to: 'url === undefined || ',
    named: 'promise 26',
  },
  {
    ...hosted,
    keeps: 'promise 26: no address of a repository carries a password',
    from: " || url.username !== '' || url.password !== ''",
    to: '',
    named: 'promise 26',
  },
  {
    ...memory,
    keeps: 'memory is given back while there is nothing to do',
    from: 'busy < idleBelow && spareBytes',
    to: 'spareBytes',
    named: 'memory is given back',
  },
  {
    ...memory,
    keeps: 'memory is given back without a flag on the command line',
    from: "  setFlagsFromString('--expose-gc');\n",
    to: '',
    named: 'without a flag',
  },
];

export const breaks: readonly Break[] = [...meant, ...kept, ...elsewhere];
