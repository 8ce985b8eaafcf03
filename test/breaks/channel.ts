/** The channel to a cluster: promises 16 to 18 and 20. */
import type { Break } from './break.ts';

const config = { file: 'src/ssh/config-file.ts', test: 'src/ssh/config-file.test.ts' };
const agent = { file: 'src/ssh/agent-protocol.ts', test: 'src/ssh/agent-protocol.test.ts' };
const frames = { file: 'src/ssh/frames.ts', test: 'src/ssh/frames.test.ts' };

const line = (keeps: string, from: string, to = ''): Break => ({
  ...config,
  keeps,
  from: `  '${from}',\n`,
  to: to && `  '${to}',\n`,
  named: 'ssh understands every line',
});

const configuration: readonly Break[] = [
  line(
    'promise 16: host keys are always checked strictly',
    'StrictHostKeyChecking yes',
    'StrictHostKeyChecking accept-new',
  ),
  line('promise 16: no pin comes from files of the machine', 'GlobalKnownHostsFile /dev/null'),
  line('promise 16: a host adds no pin of its own', 'UpdateHostKeys no', 'UpdateHostKeys yes'),
  line('promise 16: DNS vouches for no key', 'VerifyHostKeyDNS no', 'VerifyHostKeyDNS yes'),
  line(
    'promise 16: a host called localhost is checked like any other',
    'NoHostAuthenticationForLocalhost no',
    'NoHostAuthenticationForLocalhost yes',
  ),
  line('promise 18: no other key of this machine is offered', 'IdentitiesOnly yes'),
  line('promise 18: no password is offered', 'PasswordAuthentication no'),
  line('promise 18: no answer is typed for anybody', 'KbdInteractiveAuthentication no'),
  line(
    "promise 18: this server's own ticket is nobody's identity",
    'GSSAPIAuthentication no',
    'GSSAPIAuthentication yes',
  ),
  line('promise 18: no agent is forwarded', 'ForwardAgent no', 'ForwardAgent yes'),
  line('promise 18: no display is forwarded', 'ForwardX11 no', 'ForwardX11 yes'),
  line('promise 20: ssh never waits for somebody to type', 'BatchMode yes'),
  line('what a member types is never an escape of ssh', 'EscapeChar none'),
  {
    ...config,
    keeps: 'promise 20: a connection that has died is noticed',
    from: '`ServerAliveInterval ${aliveIntervalSeconds}`',
    to: "'ServerAliveInterval 0'",
    named: 'ssh understands every line',
  },
  {
    ...config,
    keeps: 'promise 20: connecting has a limit',
    from: '    `ConnectTimeout ${Math.max(1, Math.ceil(connectTimeoutMs / 1000))}`,\n',
    to: '',
    named: 'ssh understands every line',
  },
  {
    ...config,
    keeps: 'the address that was checked is the one that is dialled',
    from: "configWord('address', hop.address)",
    to: "configWord('address', hop.hostName)",
    named: 'ssh understands every line',
  },
  {
    ...config,
    keeps: 'promise 17: each host on the way has pins of its own',
    from: "  hops.flatMap((hop) => hop.pins.map((pin) => `${pinLine(keyName(hop), pin)}\\n`)).join('');",
    to: "  hops.flatMap((hop) => hop.pins.map((pin) => `${pinLine('*', pin)}\\n`)).join('');",
    named: 'a second hop',
  },
  {
    ...config,
    keeps: 'a name that somebody typed never becomes a line of the configuration',
    from: ' || controlCharacter.test(value)',
    to: '',
    named: 'cannot stand in it',
  },
  {
    ...config,
    keeps: 'a pin is one key and no pattern of hosts',
    from: '  if (!pinPattern.test(pin)) throw',
    to: "  if (pin === '') throw",
    named: 'is no pin',
  },
  {
    ...config,
    keeps: 'files of a channel are for this server alone',
    from: ', { mode: 0o600 }',
    to: '',
    named: 'files are for us alone',
  },
  {
    ...config,
    keeps: 'nothing stays behind of a channel that could not be set up',
    from: '    await remove();\n    throw error;',
    to: '    throw error;',
    named: 'nothing stays behind',
  },
];

const inAgent = (keeps: string, from: string, to: string, named: string): Break => ({
  ...agent,
  keeps: `promise 18: ${keeps}`,
  from,
  to,
  named,
});

const secondLock: readonly Break[] = [
  inAgent(
    'the agent signs for pinned hosts alone',
    'const trusted = forwarded ? undefined : trustedKey(hostKey);',
    'const trusted = forwarded ? undefined : hostKey;',
    'before a binding',
  ),
  inAgent(
    'the agent signs only where the host itself vouches for the session',
    ' || !hostSignatureHolds(trusted, id, proof)',
    '',
    'before a binding',
  ),
  inAgent(
    'the agent signs for nobody behind a forwarding',
    'forwarded ? undefined : trustedKey(hostKey)',
    'trustedKey(hostKey)',
    'before a binding',
  ),
  inAgent(
    'one connection to the agent is one session',
    '    if (bound) {',
    '    if (bound && !session) {',
    'before a binding',
  ),
  inAgent(
    'the agent signs for one Linux user',
    "reader.bytes().toString('utf8') !== userName",
    'reader.bytes().length === 0',
    'another user',
  ),
  inAgent(
    'the agent signs for one session',
    '!reader.bytes().equals(session.id)',
    'reader.bytes().length === 0',
    'another session',
  ),
  inAgent(
    'the agent signs logins and nothing else',
    ' || reader.byte() !== userauthRequest',
    ' || reader.byte() === 0',
    'another message',
  ),
  inAgent(
    'the agent signs for shells and nothing else',
    "reader.text() !== 'ssh-connection'",
    "reader.text() === ''",
    'another service',
  ),
  inAgent(
    'the agent repeats the host key that was bound',
    '      if (!reader.bytes().equals(session.hostKey)) return false;\n',
    '      reader.bytes();\n',
    'newer method',
  ),
  inAgent("the agent signs with its channel's key alone", '!key.equals(ownKey) || ', '', 'with another key'),
  inAgent('RSA signs with SHA-2 alone', "'ssh-rsa': { 2:", "'ssh-rsa': { 0: 'ssh-rsa', 2:", 'RSA keys sign'),
  inAgent(
    'the agent lists one key',
    '          uint32(1),\n',
    '          uint32(2),\n',
    'exactly one identity',
  ),
  {
    keeps: 'promise 18: a host that asks for no key is given no command',
    file: 'src/ssh/channel.ts',
    from: '      if (signed) hello.resolve(kind);\n',
    to: '      if (signed || target.pins.length > 0) hello.resolve(kind);\n',
    test: 'src/ssh/hostile.test.ts',
    named: 'promise 18',
  },
];

const lies: readonly Break[] = [
  {
    ...frames,
    keeps: 'promise 20: the far side answers only for commands that run',
    from: 'if (!expected) throw new FrameError(`a frame for command ${id}, which is not running`);\n    return expected;',
    to: 'return expected ?? { window: 1 << 20, O: 0, X: 0 };',
    named: 'decoder',
  },
  {
    ...frames,
    keeps: 'promise 20: output is counted at its end',
    from: 'if (expected.O !== Number(found[3]) || expected.X !== Number(found[4])) {',
    to: 'if (expected.O > Number(found[3]) || expected.X > Number(found[4])) {',
    named: 'decoder',
  },
  {
    ...frames,
    keeps: 'promise 20: no more output than was granted is taken',
    from: 'if (expected.window < 0)',
    to: 'if (expected.window < -(1 << 30))',
    named: 'more output',
  },
  {
    ...frames,
    keeps: 'promise 20: noise of start-up files has a limit',
    from: '      if (noiseBytes > maxNoise) throw',
    to: '      if (noiseBytes > maxNoise * 64) throw',
    named: 'more than 1 MB',
  },
  {
    ...frames,
    keeps: 'promise 20: a frame has at most 32 KB',
    from: "if (count === 0 || (helper === 'mux1' && count > maxChunk))",
    to: 'if (count === 0)',
    named: 'decoder',
  },
  {
    ...frames,
    keeps: 'promise 20: a header has an end',
    from: "      if (header.length > maxHeader) throw new FrameError('a header without end');\n",
    to: '',
    named: 'decoder',
  },
];

const pool: readonly Break[] = [
  {
    keeps: 'promise 10: a command never waits for the channel of somebody else',
    file: 'src/ssh/pool.ts',
    from: '    const found = entries.get(key);\n',
    to: '    const found = entries.get(key) ?? [...entries.values()].find(({ target: other }) => other.hostName === target.hostName && other.userName === target.userName);\n',
    test: 'src/ssh/interleavings.test.ts',
  },
];

const farSide: readonly Break[] = [
  {
    keeps: 'a command does not wait for the fork of the shell that the next one needs',
    file: 'src/ssh/far-side/helper.pl',
    from: 'my $pause = @spare ? $PAUSE : 0;',
    to: 'my $pause = 0;',
    test: 'src/ssh/far-side.test.ts',
    named: 'missing spare',
  },
  {
    keeps: 'a command ignores no signal that the helper itself must outlive',
    file: 'src/ssh/far-side/helper.pl',
    from: '$SIG{PIPE} = $SIG{HUP} = sub {};',
    to: '$SIG{PIPE} = $SIG{HUP} = "IGNORE";',
    test: 'src/ssh/far-side.test.ts',
    named: 'no signal',
  },
];

export const breaks: readonly Break[] = [...configuration, ...secondLock, ...lies, ...pool, ...farSide];
