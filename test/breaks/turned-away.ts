/** Who is not let in, or has to wait: refused keys, hosts out of reach, budgets of a cluster. Promises 16, 18, 20 and 21. */
import type { Break } from './break.ts';

const refusals = 'src/ssh/refusals.real.test.ts';

const refused: readonly Break[] = [
  {
    keeps: 'promise 16: a host that shows another key is offered nothing, as sshd saw it',
    file: 'src/ssh/config-file.ts',
    from: "  'StrictHostKeyChecking yes',\n",
    to: "  'StrictHostKeyChecking no',\n",
    test: refusals,
    named: 'a changed host key is offered nothing',
  },
  {
    keeps: 'a pin holds for its cluster, whatever address leads there',
    file: 'src/ssh/config-file.ts',
    from: '      `  HostKeyAlias ${keyName(hop)}`,\n',
    to: '      `  HostKeyAlias ${hop.address}`,\n',
    test: refusals,
    named: 'the pin holds for the cluster',
  },
  {
    keeps: 'promise 21: a key that was refused twice is not offered again, as sshd saw it',
    file: 'src/ssh/refused-keys.ts',
    from: 'if (count >= refusalsAtMost) throw',
    to: 'if (count > refusalsAtMost) throw',
    test: refusals,
    named: 'promise 21|nor by the next process',
  },
  {
    keeps: 'of a refused key its account is told, and what may be wrong with it',
    file: 'src/ssh/explain.ts',
    from: ', that the Linux user is right, and that the account is not locked',
    to: '',
    test: refusals,
    named: 'a Linux user that does not exist',
  },
  {
    keeps: "a key that does not open is the server's own error",
    file: 'src/ssh/channel.ts',
    from: '    if (ssh.signError() instanceof AppError) throw ssh.signError();\n',
    to: '',
    test: refusals,
    named: 'a key that cannot be opened',
  },
  {
    keeps: 'keys of every type that members may have open a channel',
    file: 'src/ssh/agent-protocol.ts',
    from: "  'ecdsa-sha2-nistp256': { 0: 'ecdsa-sha2-nistp256' },\n",
    to: '',
    test: refusals,
    named: 'an ecdsa key opens',
  },
  {
    keeps: 'a host that cannot be reached is not dialled again at once',
    file: 'src/ssh/breaker.ts',
    from: '      if (host && host.until > now) {',
    to: '      if (host && host.until < now) {',
    test: refusals,
    named: 'nobody listens',
  },
  {
    keeps: 'promise 20: a server that never stops greeting has the limit that was set',
    file: 'src/ssh/cluster-access.ts',
    from: 'connectTimeoutMs: more ? connectTimeoutMs / 2 : connectTimeoutMs,',
    to: 'connectTimeoutMs: 10_000,',
    test: refusals,
    named: 'drips its banner',
  },
  {
    keeps: 'promise 26: a special address is refused before anything connects',
    file: 'src/ssh/network.ts',
    from: '    return usable.has(address.range()) && ',
    to: '    return ',
    test: refusals,
    named: 'promise 26',
  },
];

const units: readonly Break[] = [
  {
    keeps: 'nothing is kept of a key that is not stored',
    file: 'src/ssh/refused-keys.ts',
    from: "(key.includes(':') ? key.replace",
    to: "(key.includes('@') ? key.replace",
    test: 'src/ssh/refused-keys.test.ts',
    named: 'a key that is not stored',
  },
  {
    keeps: 'where a key can be checked by hand is said, for a status reader too',
    file: 'src/ssh/refused-keys.ts',
    from: "  if (kind === 'reader') return `POST /identities/${id}/status-reader/verify`;\n",
    to: '',
    test: 'src/ssh/refused-keys.test.ts',
    named: 'where it can be checked',
  },
  {
    keeps: 'a busy host is asked again with longer waits',
    file: 'src/ssh/patience.ts',
    from: 'firstWaitMs * 2 ** (attempt - 1) *',
    to: 'firstWaitMs *',
    test: 'src/ssh/patience.test.ts',
    named: 'a busy host',
  },
  {
    keeps: 'whoever calls a login off is not kept waiting',
    file: 'src/ssh/patience.ts',
    from: '.catch(() => {\n          throw signal.reason;\n        });',
    to: '.catch(() => undefined);',
    test: 'src/ssh/patience.test.ts',
    named: 'whoever calls it off',
  },
  {
    keeps: 'promise 18: the agent signs with the key that is asked for inside, too',
    file: 'src/ssh/agent-protocol.ts',
    from: ' || !reader.bytes().equals(ownKey))',
    to: ' || reader.bytes().length === 0)',
    test: 'src/ssh/agent-protocol.test.ts',
    named: 'another key inside',
  },
  {
    keeps: 'promise 18: hosts with RSA keys bind a session',
    file: 'src/ssh/host-signature.ts',
    from: "(algorithm === 'rsa-sha2-256' || algorithm === 'rsa-sha2-512')",
    to: "algorithm === 'rsa-sha2-512'",
    test: 'src/ssh/agent-protocol.test.ts',
    named: 'rsa-sha2-256 binds as well',
  },
  {
    keeps: 'promise 18: hosts with ECDSA keys bind a session',
    file: 'src/ssh/host-signature.ts',
    from: "dsaEncoding: 'ieee-p1363'",
    to: "dsaEncoding: 'der'",
    test: 'src/ssh/agent-protocol.test.ts',
    named: 'bound by an ecdsa host key',
  },
  {
    keeps: 'promise 18: bytes that are no message are answered with a plain no',
    file: 'src/ssh/agent-protocol.ts',
    from: '    } catch {\n      return failure;\n    }',
    to: '    } catch (error) {\n      throw error;\n    }',
    test: 'src/ssh/agent-protocol.test.ts',
    named: 'any bytes',
  },
  {
    keeps: 'an authority stands under the name of the host',
    file: 'src/ssh/config-file.ts',
    from: '  return hostName.toLowerCase();\n',
    to: '  return alias;\n',
    test: 'src/ssh/config-file.test.ts',
    named: 'an authority stands',
  },
];

const frames = { file: 'src/ssh/frames.ts', test: 'src/ssh/frames.test.ts' };

const framing: readonly Break[] = [
  {
    ...frames,
    keeps: 'what follows the hello in the same piece is read',
    from: '    return rest;\n',
    to: '    return rest.length > 64 ? rest : undefined;\n',
    named: 'finds the hello',
  },
  {
    ...frames,
    keeps: 'output arrives whole, however it is cut',
    from: '        if (left === 0) body = undefined;\n',
    to: '        if (left === 0 || at === bytes.length) body = undefined;\n',
    named: 'output of any bytes',
  },
  {
    ...frames,
    keeps: 'promise 20: a far side that breaks the rules is told apart from our own errors',
    from: "    if (!found) throw new FrameError('a malformed frame');\n",
    to: "    if (!found) throw new Error('a malformed frame');\n",
    named: 'any bytes end',
  },
  {
    ...frames,
    keeps: 'promise 19: a word is bytes, and need not be text',
    from: 'argv.flatMap((word) => [Buffer.from(word),',
    to: 'argv.flatMap((word) => [Buffer.from(String(word)),',
    named: 'a run frame',
  },
];

const pacing = 'src/ssh/budget/pacing.test.ts';
const budgets = 'src/ssh/budget/budgets.real.test.ts';
const meter = { file: 'src/ssh/budget/meter.ts', test: budgets };

const waiting: readonly Break[] = [
  {
    keeps: 'budgets: it is told in time when many more will be free',
    file: 'src/ssh/budget/window.ts',
    from: 'const spans = 1 + Math.floor((missing - 1) / Math.max(1, size()));',
    to: 'const spans = 1;',
    test: pacing,
    named: 'says when many more',
  },
  {
    keeps: 'budgets: whoever comes later does not overtake',
    file: 'src/ssh/budget/fair-queue.ts',
    from: '      if (members.size === 0 && turn.waitMs(member) <= 0) {',
    to: '      if (turn.waitMs(member) <= 0) {',
    test: pacing,
    named: 'whoever comes later',
  },
  {
    keeps: 'budgets: of two who have had as much, the one who asked first goes first',
    file: 'src/ssh/budget/turns.ts',
    from: '        earlier = false;\n',
    to: '',
    test: pacing,
    named: 'of two who have had as much',
  },
  {
    ...meter,
    keeps: 'budgets: no more connections are open than are allowed',
    from: 'open < budget.connections ? 0',
    to: 'open <= budget.connections ? 0',
    named: 'connections at once',
  },
  {
    keeps: 'budgets: an unused connection makes room for a look at host keys',
    file: 'src/ssh/scans.ts',
    from: '() => giveWay(clusterKey)',
    to: '() => void giveWay',
    test: budgets,
    named: 'a look at host keys',
  },
  {
    ...meter,
    keeps: 'budgets: new connections a minute have their limit',
    from: 'waitMs: (member) => openings.waitMs(member, budget.connectionsPerMinute, now()),',
    to: 'waitMs: () => 0,',
    named: 'new connections a minute',
  },
  {
    ...meter,
    keeps: 'budgets: commands a second have their limit',
    from: 'waitMs: (member) => commands.waitMs(member, budget.commandsPerSecond, now()),',
    to: 'waitMs: () => 0,',
    named: 'commands a second',
  },
  {
    ...meter,
    keeps: 'budgets: a stream of a log goes no faster than is allowed',
    from: '      charge(bytes);\n    },\n    charge,',
    to: '      void bytes;\n    },\n    charge,',
    named: 'bytes of logs',
  },
  {
    keeps: 'budgets: a cluster whose owner has said nothing has the default one',
    file: 'src/ssh/budget/budgets.ts',
    from: 'cluster?.budget ?? budgetOf({})',
    to: 'cluster?.budget ?? budgetOf({ submissionsPerMinute: 600 })',
    test: budgets,
    named: 'without a budget',
  },
];

export const breaks: readonly Break[] = [...refused, ...units, ...framing, ...waiting];
