/** What a member's channel does with commands, and how channels are shared and closed: the helper and its loop. */
import type { Break } from './break.ts';

const helper = { file: 'src/ssh/far-side/helper.pl', test: 'src/ssh/commands.real.test.ts' };
const job = { file: 'src/ssh/job.ts', test: helper.test };

const commands: readonly Break[] = [
  {
    ...helper,
    keeps: 'a command that a signal ended says so by its status',
    from: 'my $status = $? & 127 ? 128 + ($? & 127) : $? >> 8;',
    to: 'my $status = $? >> 8;',
    named: 'has its own status',
  },
  {
    ...helper,
    keeps: 'a program that is missing is told apart from one that failed',
    from: 'my $status = $? & 127 ? 128 + ($? & 127) : $? >> 8;',
    to: 'my $status = $? & 127 ? 128 + ($? & 127) : $? >> 8 ? 1 : 0;',
    named: 'a missing program is 127',
  },
  {
    ...helper,
    keeps: 'a command without stdin reads from nothing',
    from: 'return ($none ? "exec </dev/null;" : "") . join(',
    to: 'return join(',
    named: 'stdin is empty unless given',
  },
  {
    keeps: 'what a command prints is data, whatever it looks like',
    file: 'src/ssh/frames.ts',
    from: '      if (body) {\n',
    to: '      if (body && bytes[at] !== 90) {\n',
    test: helper.test,
    named: 'frames of ours in the output',
  },
  {
    ...job,
    keeps: 'standard error is no output',
    from: '      kept[which].push(',
    to: '      kept.O.push(',
    named: 'binary output on both streams',
  },
  {
    ...helper,
    keeps: 'a child in the background holds up no answer',
    from: '    return if select($bits, undef, undef, 0) > 0;\n',
    to: '    return;\n',
    named: 'a background child',
  },
  {
    ...helper,
    keeps: 'a child that writes without end holds up no answer',
    from: 'my $done = $gone || $j->{how} ne "-" || $j->{after} <= 0;',
    to: 'my $done = $gone || $j->{how} ne "-"; return if !$done && ($j->{O} || $j->{X});',
    named: 'writes without end',
  },
  {
    ...helper,
    keeps: 'promise 21: a stream that a command has closed is not looked at again and again',
    from: '  if (defined $n || !try_again()) { unlisten($h); push @shut, delete $j->{$k} }',
    to: '  if (!defined $n && !try_again()) { unlisten($h); push @shut, delete $j->{$k} }',
    named: 'closes its streams and runs on',
  },
  {
    ...helper,
    keeps: 'words that are too long for the system are a failure of the command',
    from: '    exit($e == 2 ? 127 : 126);\n',
    to: '    exit 127;\n',
    named: 'words of 130 KB',
  },
  {
    ...job,
    keeps: 'promise 20: what was handed to a reader is kept no longer',
    from: '    streamed += bytes.length;\n',
    to: '    streamed += bytes.length;\n    kept.O.push(bytes);\n',
    named: 'memory stays flat',
  },
  {
    keeps: 'a long command does not stand before a short one',
    file: 'src/ssh/limits.ts',
    from: '  commandsPerChannel: 32,',
    to: '  commandsPerChannel: 1,',
    test: helper.test,
    named: 'eight at once',
  },
  {
    ...helper,
    keeps: 'a list of processes shows a name and not our text',
    from: '  $0 = "latchkey-channel";\n',
    to: '',
    named: 'the list of processes',
  },
  {
    ...helper,
    keeps: 'a limit of processes is no failure of the command',
    from: 'return put("Z $id -1 0 0 F\\n");',
    to: 'return put("Z $id 1 0 0 -\\n");',
    named: 'a process limit',
  },
];

const pool = { file: 'src/ssh/pool.ts', test: 'src/ssh/pool.real.test.ts' };

const channels: readonly Break[] = [
  {
    ...pool,
    keeps: 'promise 18: no agent is forwarded, as sshd saw it',
    file: 'src/ssh/config-file.ts',
    from: "  'ForwardAgent no',\n",
    to: "  'ForwardAgent yes',\n",
    named: 'promise 18',
  },
  {
    ...pool,
    keeps: 'all who use a channel first share one login',
    from: '    if (found) return found;\n',
    to: '    if (found?.opened) return found;\n',
    named: 'promise 18',
  },
  {
    ...pool,
    keeps: 'promise 13: what ran on a channel that is gone is ended there',
    file: helper.file,
    from: '    elsif (!$j->{keep}) { finish_off($j, "TERM") }\n',
    to: '',
    named: 'kill -9 of ssh',
  },
  {
    ...pool,
    keeps: 'a command that may survive its channel does',
    file: helper.file,
    from: '    elsif (!$j->{keep}) { finish_off($j, "TERM") }\n',
    to: '    else { finish_off($j, "TERM") }\n',
    named: 'kill -9 of ssh',
  },
  {
    ...pool,
    keeps: 'a command whose stdin was cut off does not act on half of it',
    file: helper.file,
    from: '    if (!$j->{ieof}) { finish_off($j, "KILL") }\n    elsif (!$j->{keep})',
    to: '    if (!$j->{keep})',
    named: 'stdin was cut off',
  },
  {
    ...pool,
    keeps: 'a channel that has closed is forgotten',
    from: '    if (entries.get(entry.key) === entry) entries.delete(entry.key);\n',
    to: '    if (entries.get(entry.key) === entry && !entry.opened) entries.delete(entry.key);\n',
    named: 'replaced in silence',
  },
];

const use = { file: 'src/ssh/use.ts', test: 'src/ssh/use.real.test.ts' };

const counted: readonly Break[] = [
  {
    ...use,
    keeps: 'a command is counted by its kind',
    from: "sent(command.kind ?? 'other', ",
    to: "sent('other', ",
    named: 'counted by kind and member',
  },
  {
    ...use,
    keeps: 'a refused login is counted as one',
    from: "onUse(whose, 'refusal');",
    to: "onUse(whose, 'connection');",
    named: 'a refused login',
  },
  {
    ...use,
    keeps: 'a host that shows another key has refused nobody',
    from: "      if (isAppError(error, 'credential_refused')) onUse",
    to: '      if (isAppError(error)) onUse',
    named: 'shows another key',
  },
];

const suspend = 'src/ssh/suspend.real.test.ts';

const stopped: readonly Break[] = [
  {
    keeps: 'a suspended cluster: looks at its host keys end as well',
    file: 'src/ssh/cluster-access.ts',
    from: '      scans.obey();\n',
    to: '',
    test: suspend,
    named: 'a look at host keys',
  },
  {
    keeps: 'a suspended cluster: a new look at its host keys does not begin',
    file: 'src/ssh/scans.ts',
    from: '      suspended.check(host);\n      const key',
    to: '      const key',
    test: suspend,
    named: 'a look at host keys',
  },
  {
    keeps: 'a suspended cluster: what is open there is closed',
    file: 'src/ssh/pool.ts',
    from: "        entry.purged = true;\n        end(entry, 'its cluster is suspended');\n",
    to: '        entry.purged = true;\n',
    test: suspend,
    named: 'end at once; another cluster',
  },
];

const access = 'src/ssh/cluster-access.test.ts';

const runtime: readonly Break[] = [
  {
    keeps: 'promise 18: a link in the place of the runtime directory is refused',
    file: 'src/ssh/cluster-access.ts',
    from: '!found.isDirectory() || ',
    to: '',
    test: access,
    named: 'a link in its place',
  },
  {
    keeps: "promise 18: somebody else's directory is no runtime directory",
    file: 'src/ssh/cluster-access.ts',
    from: ' || found.uid !== process.getuid?.()',
    to: '',
    test: access,
    named: "somebody else's",
  },
  {
    keeps: 'those who look at a host at once share one scan',
    file: 'src/ssh/scans.ts',
    from: '      if (already) return already.keys;\n',
    to: '',
    test: access,
    named: 'share one scan',
  },
];

export const breaks: readonly Break[] = [...commands, ...channels, ...counted, ...stopped, ...runtime];
