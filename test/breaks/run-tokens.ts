/** A run's own token: what it reports on, for how long, and its refresh. */
import type { Break } from './break.ts';

const tokens = { file: 'src/actions/reports/run-tokens.ts', test: 'src/api/run-tokens.real.test.ts' };
const refresh = { file: 'src/api/token-refresh.ts', test: 'src/api/run-tokens.real.test.ts' };

export const breaks: readonly Break[] = [
  {
    ...tokens,
    keeps: 'a run’s token is taken as Basic too',
    file: 'src/api/authenticate.ts',
    from: 'found || token === undefined ? undefined',
    to: 'found || token === undefined || /^basic/i.test(header) ? undefined',
    named: 'reports on its own run',
  },
  {
    ...tokens,
    keeps: 'of a run’s token a hash is kept',
    from: 'hash: secrets.hashSecret(secret), runId: run.id',
    to: 'hash: secret, runId: run.id',
    named: 'has the shape',
  },
  {
    ...tokens,
    keeps: 'no two tokens of a run are the same',
    from: "Buffer.from(secrets.newSecret(32), 'base64url').toString('hex')",
    to: 'secrets.hashSecret(run.id)',
    named: 'has the shape',
  },
  {
    ...tokens,
    keeps: 'a run that is deleted takes its tokens along',
    file: 'src/store/runs.ts',
    from: "        .where('id', '=', id)\n        .where('hiddenAt', 'is', null)\n",
    to: "        .where('id', '=', id)\n",
    named: 'outlives the role',
  },
  {
    ...tokens,
    keeps: 'a run’s token outlives the role of who launched',
    from: '    return user && { user, runId: run.id };',
    to: '    const [place] = user ? await store.organisations.listOfUser(user.id) : [];\n    return user && place && { user, runId: run.id };',
    named: 'outlives the role',
  },
  {
    ...tokens,
    keeps: 'of several tries to submit each keeps a token that works',
    from: '      await tables.runTokens.insert({',
    to: '      await tables.runTokens.removeOfRun(run.id);\n      await tables.runTokens.insert({',
    named: 'several tries',
  },
  {
    ...refresh,
    keeps: 'a refresh confirms tokens of runs that go on, and no other text',
    from: 'if (!(await runTokens.verify(token)))',
    to: "if (token === '')",
    named: 'a refresh confirms',
  },
  {
    ...refresh,
    keeps: 'a refresh is a grant of that type alone',
    from: "z.literal('refresh_token', 'must be refresh_token')",
    to: 'text(50)',
    named: 'a refresh confirms',
  },
];
