/** The client for our own API: what it asks, what it makes of an answer, and when it asks again. */
import type { Break } from './break.ts';

const client = { file: 'src/client/client.ts', test: 'src/client/client.test.ts' };
const retry = { ...client, file: 'src/client/retry.ts' };

export const breaks: readonly Break[] = [
  {
    ...client,
    keeps: 'the client says with each request who asks',
    from: '        ...headers(),\n',
    to: '',
    named: 'puts ids into the path',
  },
  {
    ...client,
    keeps: 'an address of a server may name the API or not',
    from: "return bare.endsWith('/api') ? bare : `${bare}/api`;",
    to: 'return `${bare}/api`;',
    named: 'finds the API',
  },
  {
    ...client,
    keeps: 'an empty id is never taken for the address of all',
    from: "value === undefined || value === null || value === ''",
    to: 'value === undefined || value === null',
    named: 'refuses an empty id',
  },
  {
    ...client,
    keeps: 'what the client tells of an exchange holds nothing that was asked for',
    from: '      path,\n      status: response.status,',
    to: '      path: url,\n      status: response.status,',
    named: 'tells what was exchanged',
  },
  {
    ...client,
    keeps: 'a refusal names what stands in the way',
    from: '      ...(answer.data?.conflicts && { conflicts: answer.data.conflicts }),\n',
    to: '',
    named: 'own sentence',
  },
  {
    ...client,
    keeps: 'the client follows nobody elsewhere, with a token in its hand',
    from: "      redirect: 'manual',\n",
    to: '',
    named: 'something else that answers',
  },
  {
    ...client,
    keeps: 'a connection that was never made did nothing',
    file: 'src/client/problem.ts',
    from: "  'ECONNREFUSED',\n",
    to: '',
    named: 'not there did nothing',
  },
  {
    ...retry,
    keeps: 'a server that is about to stop is asked again',
    from: 'problem.status === 429 || problem.status === 503',
    to: 'problem.status === 429',
    named: 'anything, as often as it takes',
  },
  {
    ...retry,
    keeps: 'a server that says how long to wait is waited for so long',
    from: 'Math.max(error.retryAfterMs ?? 0, backOff(attempt))',
    to: 'backOff(attempt)',
    named: 'as long as the server says',
  },
  {
    ...retry,
    keeps: 'whoever gives up says what the server said',
    from: 'if (Date.now() + waitMs > end) throw error;',
    to: "if (Date.now() + waitMs > end) throw new Error('timed out');",
    named: 'gives up in time',
  },
  {
    ...retry,
    keeps: 'a change whose outcome is unknown is not made twice',
    from: "  if (method === 'POST') return false;\n",
    to: '',
    named: 'not made twice',
  },
  {
    ...retry,
    keeps: 'a question whose answer was lost is asked again',
    from: "problem.kind === 'unknown' || problem.status === 502",
    to: 'problem.status === 502',
    named: 'not made twice',
  },
  {
    ...retry,
    keeps: 'a refusal is final',
    from: 'if (!failed(error, method) || failures > policy.failures) throw error;',
    to: 'if (failures > policy.failures) throw error;',
    named: 'a refusal is final',
  },
  {
    ...client,
    keeps: 'a change that is under way is never cut off',
    from: "const stop = route.method === 'GET' ? signal : undefined;",
    to: 'const stop = signal;',
    named: 'who cancels',
  },
  {
    ...client,
    keeps: 'all pages of a list are read, each once',
    file: 'src/client/pages.ts',
    from: 'offset: all.length }',
    to: 'offset: page }',
    named: 'all pages',
  },
];
