/** Commands on a channel, and the life of channels, against a real sshd. */
import type { Break } from './break.ts';

const commands = 'src/ssh/commands.real.test.ts';
const pool = { file: 'src/ssh/pool.ts', test: 'src/ssh/pool.real.test.ts' };
const job = { file: 'src/ssh/job.ts', test: commands };
const accounts = { file: 'src/ssh/far-side.ts', test: 'src/ssh/accounts.real.test.ts' };

const running: readonly Break[] = [
  {
    keeps: 'promise 20: a command ends at its own time limit',
    file: 'src/ssh/channel.ts',
    from: "    const limit = setTimeout(() => job.stop('time'), command.timeoutMs + slack);\n",
    to: '    const limit = setTimeout(() => {}, command.timeoutMs + slack);\n',
    test: commands,
    named: 'a time limit ends',
  },
  {
    keeps: 'a command that nobody wants any more is ended',
    file: 'src/ssh/channel.ts',
    from: "    command.signal?.addEventListener('abort', abort, { once: true });\n",
    to: '',
    test: commands,
    named: 'an abort ends',
  },
  {
    ...job,
    keeps: 'promise 20: output has a cap, and what goes beyond ends the command',
    from: '      truncated = true;\n      stop();\n',
    to: '      truncated = true;\n',
    named: 'too much output',
  },
  {
    ...job,
    keeps: 'promise 20: a slow reader holds the far side back',
    from: '        await reader(bytes);\n        consumed(bytes.length);\n',
    to: '        consumed(bytes.length);\n        void reader(bytes);\n',
    named: 'a slow reader',
  },
  {
    ...job,
    keeps: 'a reader that fails ends the command',
    from: '        streamError = { error };\n        stop();\n',
    to: '        streamError = { error };\n',
    named: 'a reader that fails',
  },
  {
    ...job,
    keeps: 'a long stdin arrives whole: its window is filled again',
    from: '      window = Math.min(window + count, stdinWindow);\n',
    to: '      window = Math.min(window, count);\n',
    named: '5 MB of stdin',
  },
  {
    keeps: 'promise 20: a helper that falls silent is given up',
    file: 'src/ssh/channel.ts',
    from: "      () => close('its helper does not answer any more'),\n      command.timeoutMs + slack + limits.graceMs,",
    to: "      () => close('its helper does not answer any more'),\n      command.timeoutMs + slack + limits.graceMs * 1_000,",
    test: pool.test,
    named: 'does not answer within its time',
  },
  {
    keeps: 'promise 20: start-up files have a limit of their own',
    file: 'src/ssh/channel.ts',
    from: '      giveUp = giveUpAfter(limits.helloMs);\n',
    to: '      giveUp = giveUpAfter(limits.helloMs * 1_000);\n',
    test: accounts.test,
    named: 'with cat ends the session',
  },
];

const atLogin: readonly Break[] = [
  {
    ...accounts,
    keeps: 'perl switches of an account do no harm',
    from: "    'unset PERL5OPT PERL5DB PERL5LIB PERL_UNICODE ENV BASH_ENV',\n",
    to: '',
    named: 'perl switches',
  },
  {
    keeps: 'what a start-up file prints is no greeting of ours',
    file: 'src/ssh/frames.ts',
    from: '\\\\d{1,10} \\\\d{1,10} ${nonce}\\n`',
    to: '\\\\d{1,10} \\\\d{1,10} \\\\w+\\n`',
    test: 'src/ssh/frames.test.ts',
    named: 'a false hello',
  },
];

const lives: readonly Break[] = [
  {
    ...pool,
    keeps: 'a channel closes when it is idle',
    from: "    entry.idle = setTimeout(() => end(entry, 'unused'), idleCloseMs);\n    entry.idle.unref();\n",
    to: '',
    named: 'closes when idle',
  },
  {
    ...pool,
    keeps: 'promise 13: a key that was changed or deleted closes its channels, and no others',
    from: '        if (credential !== undefined && !credentialsOf(entry.target).includes(credential)) continue;\n',
    to: '',
    named: 'channels of a credential close',
  },
  {
    ...pool,
    keeps: 'promise 13: a channel that is still opening is closed as well',
    from: '    entry.abort.abort(new NotSent(why));\n',
    to: '',
    named: 'still opening',
  },
  {
    ...pool,
    keeps: 'a channel that died unnoticed is asked before it is trusted',
    from: "      if (quiet && !(await channel.answers(limits.pingMs))) throw new NotSent('it did not answer');\n",
    to: '',
    named: 'died unnoticed',
  },
  {
    ...pool,
    keeps: 'promise 20: there are only so many channels',
    from: '    if (entries.size < limits.channels) return;\n',
    to: '    if (entries.size < limits.channels * 9) return;\n',
    named: 'at the limit',
  },
  {
    ...pool,
    keeps: 'a server that shuts down opens no channel',
    from: "    if (closing) throw new AppError('unavailable', 503, 'The server is shutting down; nothing was run.');\n",
    to: '',
    named: 'close leaves no process',
  },
  {
    keeps: 'promise 10: a target that has changed never meets its old channel',
    file: 'src/ssh/channel-key.ts',
    from: '      host.userName,\n',
    to: '',
    test: 'src/ssh/refusals.real.test.ts',
    named: 'never meets its old channel',
  },
  {
    keeps: 'promise 1: nothing of a channel lies on the disk once it is open',
    file: 'src/ssh/channel.ts',
    from: '  ssh.loggedIn();\n',
    to: '',
    test: pool.test,
    named: 'nothing of it is on disk',
  },
  {
    keeps: "promise 1: nothing of this server's environment goes to ssh",
    file: 'src/ssh/ssh-process.ts',
    from: '      env: bareEnvironment,\n',
    to: '      env: { ...process.env, ...bareEnvironment },\n',
    test: pool.test,
    named: 'nothing of it is on disk',
  },
  {
    keeps: "promise 18: the agent's socket is for this server alone",
    file: 'src/ssh/cluster-access.ts',
    from: '  chmodSync(dir, 0o700);\n',
    to: '',
    test: 'src/ssh/cluster-access.test.ts',
    named: 'one that was open',
  },
  {
    keeps: 'what a killed server left behind is taken away',
    file: 'src/ssh/cluster-access.ts',
    from: '    if (pid && !isAlive(Number(pid))) rmSync(join(dir, name), { recursive: true, force: true });\n',
    to: '',
    test: pool.test,
    named: 'killed server left behind',
  },
];

export const breaks: readonly Break[] = [...running, ...atLogin, ...lives];
