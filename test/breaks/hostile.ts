/** Hostile ground: who may be reached, what a host must show, what ends with whose right. */
import type { Break } from './break.ts';

const network = { file: 'src/ssh/network.ts', test: 'src/ssh/network.test.ts' };
const download = { test: 'src/api/send-file.real.test.ts' };

export const breaks: readonly Break[] = [
  {
    ...download,
    keeps: 'promise 13: a download ends within 5 s of the token that it was asked with',
    file: 'src/api/send-file.ts',
    from: '  lookLater();\n  body.once',
    to: '  body.once',
  },
  {
    ...download,
    keeps: 'promise 13: it is asked for again and again, not once',
    file: 'src/api/send-file.ts',
    from: '    if (!body.destroyed) lookLater();\n',
    to: '',
  },
  {
    ...download,
    keeps: 'promise 13: who is no member any more reads no further',
    file: 'src/api/register.ts',
    from: '    await authorise(actions.access, route, request, caller);\n  };',
    to: '  };',
  },
  {
    ...download,
    keeps: 'promise 13: what reads the file on the cluster ends at once, not with its next piece',
    file: 'src/api/send-file.ts',
    from: 'file.stream instanceof Readable ? file.stream : Readable.from(file.stream)',
    to: 'Readable.from(file.stream)',
  },
  {
    ...network,
    keeps: 'promise 26: IPv4 in IPv6 clothes is checked as what it is',
    from: "return text.includes('%') ? undefined : ipaddr.process(text);",
    to: "return text.includes('%') ? undefined : ipaddr.parse(text);",
  },
  {
    ...network,
    keeps: 'promise 26: metadata addresses of clouds are refused though their range is usable',
    from: ' && !refused.some((network) => inside(address, network))',
    to: '',
  },
  {
    ...network,
    keeps: 'promise 26: the operator allows a range, and only that',
    from: 'if (allowed.some((network) => inside(address, network))) return true;',
    to: 'if (allowed.length > 0) return true;',
  },
  {
    ...network,
    keeps: 'promise 26: of several addresses of a name only usable ones are dialled',
    from: 'found.filter(isUsable).map(',
    to: 'found.map(',
  },
  {
    ...network,
    keeps: 'promise 26: a resolver that hangs has a limit',
    from: 'await withLimit(resolve(hostName), limitMs)',
    to: 'await resolve(hostName)',
  },
];
