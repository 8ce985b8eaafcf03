/** Sites that nobody expects: odd sshd, start-up files that interfere, lines that break. Each is served or named. */
import type { Break } from './break.ts';

const odd = 'src/ssh/odd-sshd.real.test.ts';

const sshd: readonly Break[] = [
  {
    keeps: 'what is found instead of a shell is named, with its cure',
    file: 'src/ssh/ended-sessions.ts',
    from: '/This account is currently not available|nologin/',
    to: '/This account is locked/',
    test: odd,
    named: 'nologin',
  },
  {
    keeps: 'a site that allows one session a connection is served over one',
    file: 'src/ssh/pool.ts',
    from: '    if (found) return found;\n',
    to: '',
    test: odd,
    named: 'one session a connection',
  },
  {
    keeps: 'promise 21: a host that is busy (MaxStartups) is asked again, and nobody counts as refused',
    file: 'src/ssh/patience.ts',
    from: 'const tries = 5;',
    to: 'const tries = 1;',
    test: odd,
    named: 'MaxStartups',
  },
  {
    keeps: 'promise 21: a ban list is not hammered by all members at once',
    file: 'src/ssh/pool.ts',
    from: '      breaker.check(target);\n      const channel',
    to: '      const channel',
    test: odd,
    named: 'a ban list',
  },
  {
    keeps: 'the block that administrators are given for sshd_config',
    file: 'docs/for-cluster-admins.md',
    from: '      AllowTcpForwarding no\n',
    to: '',
    test: odd,
    named: 'applies to the given address alone',
  },
];

const cut = 'src/ssh/cut-lines.real.test.ts';

const lines: readonly Break[] = [
  {
    keeps: 'promise 20: a command whose line broke has not ended',
    file: 'src/ssh/channel.ts',
    from: 'job.fail(channelLost(target, why, ssh.stderr().slice(-300)));',
    to: "job.end({ status: 255, how: 'K' });",
    test: cut,
    named: 'cut at any byte',
  },
  {
    keeps: 'a slow line gets the time that it needs',
    file: 'src/ssh/channel.ts',
    from: 'giveUpAfter(options.connectTimeoutMs * 2 * hosts.length)',
    to: 'giveUpAfter(options.connectTimeoutMs / 20)',
    test: cut,
    named: 'a slow line',
  },
  {
    keeps: 'a line that breaks during the login is no fault of the account',
    file: 'src/ssh/explain.ts',
    from: '  if (signed && !timedOut && exitCode === 255 && lostLine.test(stderr)) {',
    to: '  if (signed && !timedOut && exitCode === null && lostLine.test(stderr)) {',
    test: cut,
    named: 'breaks after the key was proved',
  },
];

const helper = { file: 'src/ssh/far-side/helper.pl', test: 'src/ssh/accounts.real.test.ts' };

const accounts: readonly Break[] = [
  {
    ...helper,
    keeps: 'what a login exports under odd names reaches commands',
    from: '  $small = !grep { !/\\A[A-Za-z_][A-Za-z0-9_]*\\z/ || /\\Alk_/ } keys %ENV;',
    to: '  $small = 1;',
    named: 'functions of bash|a variable lk_n',
  },
  {
    ...helper,
    keeps: 'commands run with the environment of a login',
    from: 'exec {$shell} "-$name", "-c",',
    to: 'exec {$shell} $name, "-c",',
    named: '/bin/bash: a scheduler|/usr/bin/tcsh: a scheduler',
  },
  {
    ...helper,
    keeps: "commands run with the umask of a member's login",
    from: '      umask oct $mask;\n',
    to: '',
    named: 'umask',
  },
  {
    ...helper,
    keeps: 'what start-up files made deaf to signals is not so in commands',
    from: '$SIG{$_} = "DEFAULT" for qw(INT QUIT TERM ALRM USR1 USR2 TSTP TTIN TTOU);\n',
    to: '',
    named: 'deaf to signals',
  },
  {
    ...helper,
    keeps: 'a login that ends costs its environment, not the channel',
    from: '  login_done("plain") if !$n || length $seen > 8e6;\n',
    to: '  exit 1 if !$n || length $seen > 8e6;\n',
    named: 'a login that ends',
  },
  {
    ...helper,
    keeps: 'promise 20: a login that hangs has its limit',
    from: '  if ($login && $now >= $login_end) { login_done("plain") }\n',
    to: '',
    named: 'a login that hangs',
  },
  {
    keeps: 'promise 16: what an account prints blocks no cluster',
    file: 'src/ssh/explain.ts',
    from: '    !signed &&\n    /REMOTE HOST',
    to: '    /REMOTE HOST',
    test: helper.test,
    named: 'the words of a changed host key',
  },
  {
    keeps: 'what a cluster said is told',
    file: 'src/ssh/explain.ts',
    from: '    const words = far ? ` The cluster said: ${far}` : ',
    to: "    const words = far ? '' : ",
    test: helper.test,
    named: 'an account without a usable shell',
  },
  {
    keeps: 'without perl, the stdin of a command is not that of the next one',
    file: 'src/ssh/far-side/fallback.sh',
    from: '  lk_z=$?\n  : >"$D/i"\n',
    to: '  lk_z=$?\n',
    test: helper.test,
    named: 'the plain shell',
  },
  {
    keeps: "without perl, commands run with the umask of a member's login",
    file: 'src/ssh/far-side/fallback.sh',
    from: '(umask "${lk_umask:-$(umask)}"; exec',
    to: '(umask 77; exec',
    test: helper.test,
    named: 'the plain shell',
  },
];

const words: readonly Break[] = [
  {
    keeps: 'promise 19: quotes in words stay quotes',
    file: helper.file,
    from: "  for (@v) { s/'/'\\\\''/g; s",
    to: '  for (@v) { s',
    test: 'src/ssh/words.real.test.ts',
    named: 'a script of ours',
  },
  {
    keeps: 'promise 19: words that are empty arrive, whatever the login shell is',
    file: helper.file,
    from: '    my @v = split /\\0/, $b, -1;\n',
    to: '    my @v = split /\\0/, $b;\n',
    test: 'src/ssh/words.real.test.ts',
    named: 'whose login shell is /bin/dash',
  },
  {
    keeps: 'promise 19: a word with a NUL is refused, in whatever form it comes',
    file: 'src/ssh/frames.ts',
    from: "typeof word === 'string' ? word.includes('\\0') : word.includes(0)",
    to: "typeof word === 'string' && word.includes('\\0')",
    test: 'src/ssh/words.real.test.ts',
    named: 'a NUL and an empty command',
  },
];

const liar = 'src/ssh/hostile.test.ts';

const liars: readonly Break[] = [
  {
    keeps: 'a command has the status that it ended with',
    file: 'src/ssh/job.ts',
    from: '      exitCode: end.status,\n',
    to: "      exitCode: end.how === '-' ? 0 : end.status,\n",
    test: liar,
    named: 'an honest one',
  },
  {
    keeps: 'promise 20: output that does not add up loses the channel',
    file: 'src/ssh/frames.ts',
    from: 'if (expected.O !== Number(found[3]) || expected.X',
    to: 'if (expected.X',
    test: liar,
    named: 'counts wrongly',
  },
  {
    keeps: 'promise 20: endless noise before the hello is cut off',
    file: 'src/ssh/frames.ts',
    from: 'const maxNoise = 1 << 20;',
    to: 'const maxNoise = 1 << 26;',
    test: liar,
    named: 'endless noise',
  },
  {
    keeps: 'a server without ssh says so',
    file: 'src/ssh/ssh-process.ts',
    from: '        stderr = Buffer.from(`ssh could not be started: ${error.message}`);\n',
    to: '        void error;\n',
    test: liar,
    named: 'no hello at all',
  },
];

const reading: readonly Break[] = [
  {
    keeps: 'a person reads what to try when a host cannot be reached',
    file: 'src/ssh/explain.ts',
    from: "    'there is no route to it from this server: check network and VPN',\n",
    to: "    'there is no route to it from this server',\n",
    test: 'src/ssh/explain.test.ts',
  },
  {
    keeps: 'a scan of host keys shows the key first that a person should compare',
    file: 'src/ssh/host-key-scan.ts',
    from: '    (a, b) => types.indexOf(a.type) - types.indexOf(b.type),',
    to: '    (a, b) => types.indexOf(b.type) - types.indexOf(a.type),',
    test: 'src/ssh/host-key-scan.test.ts',
  },
];

export const breaks: readonly Break[] = [...sshd, ...lines, ...accounts, ...words, ...liars, ...reading];
