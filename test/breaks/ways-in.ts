/** The way to a cluster: certificates of hosts, several login nodes behind one name, jump hosts. Promises 16, 17 and 26. */
import type { Break } from './break.ts';

const certificates = 'src/ssh/host-certificates.real.test.ts';
const certificate = {
  file: 'src/ssh/host-certificate.ts',
  test: certificates,
  named: 'agent checks for itself',
};

const certified: readonly Break[] = [
  {
    keeps: 'a certificate is made out to the name of the host, so that name is what ssh compares',
    file: 'src/ssh/config-file.ts',
    from: '  if (!pins.some(isAuthority)) return alias;\n',
    to: '  if (pins.length > 0) return alias;\n',
    test: certificates,
    named: 'a certified %s key|a certified (ed25519|ecdsa|rsa) key',
  },
  {
    keeps: 'certificates of ECDSA host keys are read as well',
    file: 'src/ssh/host-certificate.ts',
    from: "  'ecdsa-sha2-nistp256': 2,\n",
    to: '',
    test: certificates,
    named: 'a certified ecdsa key',
  },
  {
    keeps: 'a host certificate that does not hold is told as what it is',
    file: 'src/ssh/explain.ts',
    from: '  if (!signed && invalid !== undefined) {',
    to: '  if (signed && invalid !== undefined) {',
    test: certificates,
    named: 'is refused, and nothing is offered',
  },
  {
    keeps: 'promise 16: a revoked key is no good, whoever vouches for it',
    file: 'src/ssh/config-file.ts',
    from: '  hops.flatMap((hop) => hop.pins.map((pin) =>',
    to: "  hops.flatMap((hop) => hop.pins.filter((pin) => !pin.startsWith('@revoked')).map((pin) =>",
    test: certificates,
    named: 'of another authority, or one that is revoked',
  },
  {
    keeps: 'a host that is pinned by its key may show a certificate of somebody else',
    file: 'src/ssh/host-certificate.ts',
    from: "    if (keys.has(plain.toString('base64'))) return plain;\n",
    to: '',
    test: certificates,
    named: 'pinned by its key',
  },
  {
    keeps: 'a name matches whole, or not at all',
    file: 'src/ssh/host-certificate.ts',
    from: '  return /^\\**$/.test(want.slice(from));',
    to: '  return from > 0;',
    test: certificates,
    named: 'names are matched',
  },
  {
    ...certificate,
    keeps: 'promise 18: a certificate of a user vouches for no host',
    from: '      kind === hostCertificate &&\n',
    to: '',
  },
  {
    ...certificate,
    keeps: 'promise 18: a certificate with conditions that nobody here knows vouches for no host',
    from: '      criticalOptions.length === 0 &&\n',
    to: '',
  },
  {
    ...certificate,
    keeps: 'promise 18: the agent knows a certificate that has expired',
    from: '      now < validBefore &&\n',
    to: '',
  },
  {
    ...certificate,
    keeps: 'promise 18: the agent asks which authority has signed',
    from: "      pinned.has(authority.toString('base64')) &&\n",
    to: '',
  },
  {
    ...certificate,
    keeps: 'promise 18: the agent asks whether the authority has signed exactly this',
    from: '      hostSignatureHolds(authority, signed, signature) &&\n',
    to: '',
  },
];

const nodes = 'src/ssh/login-nodes.real.test.ts';
const waysIn = { file: 'src/ssh/ways-in.ts', test: nodes };

const loginNodes: readonly Break[] = [
  {
    keeps: 'a login node that is down does not hide the keys of the others',
    file: 'src/ssh/scans.ts',
    from: '    if (found.length > 0) return mergeScans(found);\n',
    to: '    if (failures.length === 0) return mergeScans(found);\n',
    test: nodes,
    named: 'a scan shows the keys of both',
  },
  {
    keeps: 'login nodes are taken in the order of the resolver',
    file: 'src/ssh/network.ts',
    from: 'return [...new Set(usableOnes)].slice(0, most);',
    to: 'return [...new Set(usableOnes)].toSorted().slice(0, most);',
    test: nodes,
    named: 'whichever the name leads to',
  },
  {
    keeps: 'promise 16: one known login node does not make the others known',
    file: 'src/ssh/config-file.ts',
    from: "  'StrictHostKeyChecking yes',\n",
    to: "  'StrictHostKeyChecking no',\n",
    test: nodes,
    named: 'promise 16',
  },
  {
    keeps: 'promise 26: what a name leads to is checked address by address',
    file: 'src/ssh/network.ts',
    from: '  const usableOnes = found.filter(isUsable).map(',
    to: '  const usableOnes = (found.some(isUsable) ? found : []).map(',
    test: nodes,
    named: 'promise 26',
  },
  {
    ...waysIn,
    keeps: 'promise 21: a key that one login node has refused is not taken to the next one',
    from: "          if (!isAppError(error, 'host_unreachable')) throw error;\n",
    to: '',
    named: 'a node that refuses the key',
  },
  {
    ...waysIn,
    keeps: 'a login node that is down stops nobody while another one is up',
    from: '          last = error;\n',
    to: '          throw error;\n',
    named: 'nobody listens there|dies in mid-run',
  },
  {
    ...waysIn,
    keeps: 'a login node that hangs costs its limit once, not at every login',
    from: '    resting.set(key, clock.now() + restMs);\n',
    to: '',
    named: 'it hangs',
  },
  {
    keeps: 'where another login node may be there at once, the first one is not waited for as long',
    file: 'src/ssh/cluster-access.ts',
    from: 'more ? connectTimeoutMs / 2 : connectTimeoutMs',
    to: 'connectTimeoutMs',
    test: nodes,
    named: 'it hangs',
  },
];

const jumps = 'src/ssh/jump-hosts.real.test.ts';

const jumpHosts: readonly Break[] = [
  {
    keeps: 'promise 18: each host on the way is offered its own key',
    file: 'src/ssh/ssh-process.ts',
    from: '        signer: host.signer,\n',
    to: '        signer: target.signer,\n',
    test: jumps,
    named: 'two in a row',
  },
  {
    keeps: 'the host on the way that went wrong is the one that is named',
    file: 'src/ssh/explain.ts',
    from: '  const at = refused ? asked - 1 : signed;',
    to: '  const at = refused ? asked - 1 : 0;',
    test: jumps,
    named: 'a target that shows another key behind a jump host',
  },
  {
    keeps: 'it is told who refused a key, the jump host or the target',
    file: 'src/ssh/explain.ts',
    from: '  const at = refused ? asked - 1 : signed;',
    to: '  const at = refused ? hosts.length - 1 : signed;',
    test: jumps,
    named: 'who refused the key',
  },
  {
    keeps: 'a target that a jump host cannot reach is told apart from one that is down',
    file: 'src/ssh/explain.ts',
    from: '/open failed: (connect failed|administratively prohibited|resource shortage|unknown channel type)|stdio forwarding failed/',
    to: '/open failed: administratively prohibited/',
    test: jumps,
    named: 'a jump host that is down',
  },
  {
    keeps: 'a name behind a jump host is looked up there',
    file: 'src/ssh/network.ts',
    from: '  if (isAddress(told)) await checkedAddresses(told, isUsable);',
    to: '  await checkedAddresses(told, isUsable);',
    test: jumps,
    named: 'a name that only the jump host may know',
  },
  {
    keeps: 'promise 26: no way over a jump host leads to a special address',
    file: 'src/ssh/cluster-access.ts',
    from: '    for (const { hostName } of behind) await checkBehindJump(hostName, isUsable);\n',
    to: '',
    test: jumps,
    named: 'promise 26',
  },
  {
    keeps: 'promise 13: with the key of a jump host goes what was opened with it',
    file: 'src/ssh/channel-key.ts',
    from: '  [credentialKey, ...through.flatMap((host) => host.credentialKey ?? [])].map((key) =>',
    to: '  [credentialKey, ...through.flatMap(() => [])].map((key) =>',
    test: jumps,
    named: 'promise 13',
  },
  {
    keeps: 'another way is another channel',
    file: 'src/ssh/channel-key.ts',
    from: '    ...[...(target.through ?? []), target].map((host) => [',
    to: '    ...[target].map((host) => [',
    test: jumps,
    named: 'another way is another channel',
  },
];

const network = { file: 'src/ssh/network.ts', test: 'src/ssh/network.test.ts' };

const addresses: readonly Break[] = [
  {
    ...network,
    keeps: 'a name behind a jump host is not refused for what this server would find',
    from: '  if (isAddress(told)) await checkedAddresses(told, isUsable);',
    to: "  await checkedAddresses(told, isUsable, { resolve: async () => ['192.0.2.1'] });",
    named: 'is left to the jump host to find',
  },
  {
    ...network,
    keeps: 'promise 26: localhost behind a jump host is that jump host, and refused',
    from: '/^(.*\\.)?localhost\\.?$/i.test(hostName)',
    to: "hostName === 'localhost'",
    named: 'is refused there as well',
  },
  {
    ...network,
    keeps: 'what is no host name becomes no word of ssh',
    from: "  if (!address && !hostPattern.test(hostName)) throw unresolved(hostName, 'it is not a host name');\n",
    to: '',
    named: 'is no host name there either',
  },
  {
    ...network,
    keeps: 'what the operator allows holds behind a jump host too',
    from: 'await checkedAddresses(told, isUsable);',
    to: 'await checkedAddresses(told, () => false);',
    named: 'so does the way over a jump host',
  },
  {
    ...network,
    keeps: 'clusters live in private networks too',
    from: "new Set(['unicast', 'private',",
    to: "new Set(['unicast',",
    named: 'is where clusters live',
  },
  {
    ...network,
    keeps: 'a bad network is named with its setting',
    from: '`LATCHKEY_ALLOWED_NETWORKS: "${cidr}" is not a network',
    to: '`"${cidr}" is not a network',
    named: 'a bad network',
  },
  {
    ...network,
    keeps: 'of a host in a special network the setting that allows it is named',
    from: 'The operator of this server can allow it with LATCHKEY_ALLOWED_NETWORKS.',
    to: '',
    named: 'names the setting',
  },
];

export const breaks: readonly Break[] = [...certified, ...loginNodes, ...jumpHosts, ...addresses];
