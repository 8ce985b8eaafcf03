/** Our Terraform provider, driven by Terraform itself against a server: what it makes, reads, takes over, refuses and keeps to itself. */
import type { Break } from './break.ts';

const room = 'src/provider';
const resources = `${room}/resources`;
/** By one of the programs that drive it: the others say the same. */
const of = (name: string, named: string, driver = 'Terraform ') => ({
  test: `test/provider/${name}.real.test.ts`,
  named: `${driver}.*${named}`,
});
const credentials = `${resources}/managed-credentials.ts`;
const build = 'scripts/provider-build.ts';

const keys: readonly Break[] = [
  {
    ...of('keys', 'in no state, plan or log'),
    keeps: 'promise 1: no token is in Terraform’s log',
    file: `${room}/session.ts`,
    from: '{ user: me.userName, server: serverUrl }',
    to: '{ user: me.userName, server: serverUrl, token }',
  },
  {
    ...of('keys', 'for an adopted credential'),
    keeps: 'a key that somebody has taken away is sent, though nothing that is written has changed',
    file: credentials,
    from: "planned.key_source !== prior.key_source ||\n      prior.status === 'missing';",
    to: 'planned.key_source !== prior.key_source;',
  },
  {
    ...of('keys', 'a next one waits beside it'),
    keeps: 'the public half that is shown is that of the newest key',
    file: credentials,
    from: 'const newest = row.nextKey ?? row;',
    to: 'const newest = row;',
  },
  {
    ...of('keys', 'settings beside the key'),
    keeps: 'an empty text takes away what there is, and stays what is written',
    file: credentials,
    from: "(kept === '' ? '' : null);",
    to: "(kept === '' ? null : null);",
  },
  {
    ...of('keys', 'what is wrong with a key is said at it'),
    keeps: 'what is wrong with a key is shown at the key',
    file: credentials,
    from: "    privateKey: ['private_key_wo'],\n",
    to: '',
  },
  {
    ...of('keys', 'leaves it and the state as they were'),
    keeps: 'an apply that fails leaves the state as it was',
    file: `${room}/calls/apply.ts`,
    from: '      prior,\n      config,\n    );',
    to: '      planned,\n      config,\n    );',
  },
  {
    ...of('keys', 'who is meant'),
    keeps: 'a missing right is shown at the member that is named',
    file: credentials,
    from: "  scope: [['user_id'], ['managed_credentials_id'], ['org_id']],\n",
    to: '',
  },
  {
    ...of('keys', 'before anything is asked'),
    keeps: 'a given key and one that is made do not go together',
    file: `${resources}/member-keys.ts`,
    from: "if (source === 'given' && isGiven(config['generate']))",
    to: "if (source === 'adopted' && isGiven(config['generate']))",
  },
  {
    ...of('managed-credentials', 'the documented example'),
    keeps: 'a credential that was deleted is made anew',
    file: credentials,
    from: 'if (!found || !row || row.managedCredentialsId === null) return null;',
    to: 'if (!found || !row) return null;',
  },
  {
    ...of('managed-credentials', 'adopting leaves'),
    keeps: 'adopting leaves what the member has as it is',
    file: `${resources}/member-keys.ts`,
    from: '  ...(planned.account !== null && { account: planned.account || null }),\n',
    to: '  account: planned.account || null,\n',
  },
  {
    ...of('managed-credentials', 'without a user it is that of the token'),
    keeps: 'whose credential it will be stands in the plan already',
    file: credentials,
    from: '?? me?.userId ?? unknownValue;',
    to: '?? unknownValue;',
  },
  {
    ...of('managed-credentials', 'import ids that are wrong'),
    keeps: 'a credential that nobody has is not imported',
    file: credentials,
    from: 'if (!first || first.managedCredentialsId === null)',
    to: 'if (!first)',
  },
  {
    ...of('shared-keys', 'replaced in place by its version'),
    keeps: 'a higher version sends another key',
    file: `${resources}/ssh-credential.ts`,
    from: 'const rotated = planned.private_key_wo_version !== prior.private_key_wo_version;',
    to: 'const rotated = prior.private_key_wo_version === null;',
  },
  {
    ...of('shared-keys', 'what is wrong with a shared key'),
    keeps: 'what is wrong with a shared key is shown at it',
    file: `${resources}/ssh-credential.ts`,
    from: "  places: { privateKey: ['private_key_wo'], passphrase: ['passphrase_wo'] },\n",
    to: '',
  },
  {
    ...of('shared-keys', 'are looked up'),
    keeps: 'clusters are looked up by their scheduler',
    file: `${room}/data-sources/managed-identities.ts`,
    from: '[config.search, config.platform && `platform:${config.platform}`]',
    to: '[config.search]',
  },
  {
    ...of('shared-keys', 'an apply that is interrupted'),
    keeps: 'what was made before an interrupt is not forgotten',
    file: `${room}/provider.ts`,
    from: "          finishing ||= route.method !== 'GET';\n",
    to: '',
  },
];

const people: readonly Break[] = [
  {
    ...of('people', 'from nothing to a participant'),
    keeps: 'a description that is not written any more goes',
    file: `${resources}/workspace.ts`,
    from: "body: { ...bodyOf(planned), description: planned.description ?? '' },",
    to: 'body: bodyOf(planned),',
  },
  {
    ...of('people', 'seen and mended'),
    keeps: 'a role that somebody else has given is seen',
    file: `${resources}/participant.ts`,
    from: '    role: found.wspRole,\n',
    to: '    role: state.role ?? found.wspRole,\n',
  },
  {
    ...of('people', 'nothing is left half made'),
    keeps: 'nobody is left in a workspace with another role than was asked for',
    file: `${resources}/participant.ts`,
    from: '        await context.call(removeParticipant, place(state));\n        throw error;',
    to: '        throw error;',
  },
  {
    ...of('people', 'a token without the right'),
    keeps: 'a missing right is shown at the organisation',
    file: `${room}/place.ts`,
    from: 'if (status !== 403) return undefined;',
    to: 'if (status !== 404) return undefined;',
  },
  {
    ...of('states', '(understood under its name|knew less)'),
    keeps: 'a state that knows more than we do is understood',
    file: `${room}/calls/state.ts`,
    from: '  return completed(resource.attributes, current);\n',
    to: '  return current;\n',
  },
  {
    ...of('states', 'from seqeralabs/seqera'),
    keeps: 'states of the published provider become ours',
    file: `${room}/calls/state.ts`,
    from: '/(^|\\/)(seqera|latchkey)$/',
    to: '/(^|\\/)latchkey$/',
  },
  {
    ...of('states', 'whom the published provider calls otherwise'),
    keeps: 'members of the published provider become ours, whatever they are called there',
    file: `${resources}/member.ts`,
    from: "  movesFrom: ['organization_member'],\n",
    to: '',
  },
  {
    ...of('states', 'cannot become ours'),
    keeps: 'what is something else cannot become ours',
    file: `${room}/calls/state.ts`,
    from: 'if (!moveable.test(provider) || ![resource.noun, ...(resource.movesFrom ?? [])].includes(from))',
    to: 'if (!moveable.test(provider))',
  },
];

const around: readonly Break[] = [
  {
    ...of('manners', 'a server that is not there'),
    keeps: 'a token that nobody knows is shown at the token',
    file: `${room}/provider.ts`,
    from: "return kind === 'refused' && status === 401 ? ['token'] : ['server_url'];",
    to: "return ['server_url'];",
  },
  {
    ...of('manners', 'a busy server is waited for'),
    keeps: 'a busy server is waited for',
    file: `${room}/session.ts`,
    from: 'busyMs: 180_000,',
    to: 'busyMs: 180,',
  },
  {
    ...of('manners', 'many at once'),
    keeps: 'a server has other people too',
    file: `${room}/session.ts`,
    from: 'const mostAtOnce = 8;',
    to: 'const mostAtOnce = 64;',
  },
  {
    ...of('manners', 'two applies at a time'),
    keeps: 'who makes what is there already is told that it can be imported',
    file: `${room}/diagnostics.ts`,
    from: "what.startsWith('create')",
    to: "what.startsWith('import')",
  },
  {
    ...of('manners', 'all platforms'),
    keeps: 'the way to a cluster is sent whole',
    file: `${resources}/grid-config.ts`,
    from: '        userName: jump.user_name,\n',
    to: '',
  },
  {
    ...of('manners', 'a token is lent'),
    keeps: 'a lent token is gone afterwards',
    file: `${room}/ephemeral/token.ts`,
    from: "    if (held === '') return;\n",
    to: "    if (held !== '') return;\n",
  },
  {
    ...of('trust', 'named as text'),
    keeps: 'an authority may be named in the environment',
    file: `${room}/settings.ts`,
    from: "firstOf(given.ca_certificate, environment['LATCHKEY_CA_CERTIFICATE'])",
    to: 'firstOf(given.ca_certificate)',
  },
  {
    ...of('trust', 'nothing is sent'),
    keeps: 'no token is sent to a server that nobody vouches for',
    file: `${room}/settings.ts`,
    from: 'const trust = (extra: string | undefined): void => {\n',
    to: "const trust = (extra: string | undefined): void => {\n  process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';\n",
  },
  {
    ...of('trust', 'what is no certificate'),
    keeps: 'a PEM file of something else is called that',
    file: `${room}/settings.ts`,
    from: "  if (given.includes('-----BEGIN'))\n",
    to: "  if (given === '-----BEGIN')\n",
  },
  {
    ...of('build', 'moved to a folder', ''),
    keeps: 'the provider may be moved',
    file: build,
    from: 'here=\\${0%/*}\n',
    to: 'here=${out}\n',
  },
  {
    ...of('build', 'on a stranger', ''),
    keeps: 'an older Node on the PATH is not taken',
    file: build,
    from: 'v2[4-9].*',
    to: 'v2[0-9].*',
  },
  {
    ...of('build', 'with its own Node', ''),
    keeps: 'a provider with a Node of its own needs none',
    file: build,
    from: '[ ! -x "$here/latchkey-provider/node" ] || run "$here/latchkey-provider/node"\n',
    to: '',
  },
  {
    ...of('build', 'started by a person', ''),
    keeps: 'nothing is printed that a program would read',
    file: `${room}/main.ts`,
    from: 'process.stderr.write(usage);',
    to: 'process.stdout.write(usage);',
  },
  {
    ...of('build', 'init installs'),
    keeps: 'existing configurations find the provider under the name that they have for it',
    file: build,
    from: "seqera: ['latchkey', 'seqeralabs'] };",
    to: "seqera: ['latchkey'] };",
  },
  {
    ...of('build', 'serves as override'),
    keeps: 'the folder that is built serves as it is',
    file: build,
    from: 'await writeFile(program, wrapper(name), { mode: 0o755 });',
    to: 'await writeFile(program, wrapper(name));',
  },
];

export const breaks: readonly Break[] = [...keys, ...people, ...around];
