# The far side of a channel: runs commands by frames, many at a time, none able to disturb another.
# Perl without a single module: loading POSIX alone costs 20 ms of a cold start, and not every site has it whole.
# Comments and indentation are stripped before this is sent. Every statement must survive that: no here-documents.
#
# To us, each a header line and then its bytes:
#   R id seconds keep n m   run: n bytes of words, each ended by NUL, then m bytes of stdin (m = -1: I frames follow)
#   I id n    stdin         E id      end of stdin
#   K id      end it: TERM, 2 s, KILL to its process group
#   W id n    the reader has taken n bytes     P n   ping
# From us:
#   H mux1 pid uid nonce    first of all; the nonce comes in two halves, so that an echo of our text is no hello
#   L how seconds           login environment: ok | plain (none came: see below)
#   O|X id n                stdout, stderr; n <= 32768
#   C id n                  n bytes of stdin were taken off our hands     P n   pong
#   Z id status out err how ended, bytes sent of each; how: - | T time limit | K ended by K | F could not start
BEGIN {
  ($A, $B, $patience) = @ARGV;
  $0 = "latchkey-channel";
  # Not "IGNORE": what is handled here is the default again in whatever we exec.
  $SIG{PIPE} = $SIG{HUP} = sub {};
  # The login shell starts before the rest of this text is even compiled: its start-up files are the slowest part.
  $shell = (getpwuid $<)[8] || "/bin/sh";
  pipe $login, my $w;
  $login_pid = fork;
  if (defined $login_pid && !$login_pid) {
    setpgrp 0, 0;
    open STDIN, "<", "/dev/null";
    open STDOUT, ">&", $w;
    open STDERR, ">", "/dev/null";
    my ($name) = $shell =~ m{([^/]*)\z};
    # A leading dash makes any shell a login shell. These words mean the same in sh, ksh, zsh, tcsh and fish. `env` is
    # its own child, for a shell between would drop what bash has exported as functions.
    exec {$shell} "-$name", "-c", "/bin/sh -c 'printf %s%s $A $B; umask'; /usr/bin/env -0; /usr/bin/printf %s%s $A $B";
    exit 127;
  }
  syswrite STDOUT, "H mux1 $$ $< $A$B\n";
}

# `time` counts whole seconds: what must last at least 2 s is given 3.
# Linux numbers: F_SETFL, O_NONBLOCK; EINTR, EAGAIN; WNOHANG.
sub nonblocking { fcntl $_[0], 4, 2048 }
sub try_again { $! == 4 || $! == 11 }

$CHUNK = 32768;
$WINDOW = 1 << 20;
# Bytes waiting for the connection beyond which no more output is read: the commands wait, not our memory.
$HIGH = 1 << 18;
$SILENCE = 3600;
$SPARES = 2;
# Seconds without an event after which a missing spare is made; the last one is replaced at once. Made right after a
# command was handed over, its fork holds up that very command: both are on one processor in half of all cases, and
# the command then waits for 0.43 ms.
$PAUSE = 0.002;

binmode $_ for STDIN, STDOUT;
nonblocking($_) for *STDIN, *STDOUT;
pipe $wake, my $waker;
nonblocking($_) for $wake, $waker;
# What the account's start-up files made deaf must not stay so in commands.
$SIG{$_} = "DEFAULT" for qw(INT QUIT TERM ALRM USR1 USR2 TSTP TTIN TTOU);
$SIG{CHLD} = sub { $died = 1; syswrite $waker, "." };

$in = $out = $seen = "";
# Handles to be closed once what is to be sent has been sent.
@shut = ();
# Bits for select: control ($rc), command output ($rj), waiting to write ($wb).
$rc = $rj = $wb = "";
$heard = time;
$login_end = $heard + $patience;
$started = $heard;
watch_control(*STDIN, sub { receive() });
watch_control($wake, sub { sysread $wake, my $b, 4096 });
if (defined $login_pid) { nonblocking($login); watch_control($login, sub { read_login() }) }
else { login_done("plain") }

while (1) {
  flush_out();
  @shut = ();
  # A child that ends between our last look and `select` is noticed at the next event: none is waited for longer than this.
  my $wait = %job ? 1 : 60;
  my $now = time;
  exit 0 if $now - $heard > $SILENCE && !%job;
  for (values %job) { if ($_->{end}) { my $left = $_->{end} - $now; $wait = $left < 0 ? 0 : $left if $left < $wait } }
  if ($login && $login_end - $now < $wait) { $wait = $login_end - $now; $wait = 0 if $wait < 0 }
  my $short = $ready && @spare < $SPARES && !$gone;
  if ($short) { my $pause = @spare ? $PAUSE : 0; $wait = $pause if $pause < $wait }
  my $r = length $out > $HIGH ? $rc : $rc | $rj;
  my $w = $wb;
  my $n = $died ? 0 : select $r, $w, undef, $wait;
  if ($n > 0) {
    # Control first: a kill must not wait behind output.
    for (keys %on) { $on{$_}->() if vec $r, $_, 1 }
    for (keys %from) { last if $died; take(@{$from{$_}}) if $from{$_} && vec $r, $_, 1 }
    for (keys %to) { feed($to{$_}) if $to{$_} && vec $w, $_, 1 }
  }
  elsif ($n == 0 && !$died && $short) { add_spare($small) }
  reap() if $died;
  limits();
  exit 0 if $gone && !%job;
}

sub watch_control { my ($h, $do) = @_; my $fd = fileno $h; vec($rc, $fd, 1) = 1; $on{$fd} = $do }
sub unwatch_control { my $fd = fileno $_[0]; vec($rc, $fd, 1) = 0; delete $on{$fd} }

sub put { $out .= join "", @_ unless $gone }
sub flush_out {
  while (length $out && !$gone) {
    my $n = syswrite STDOUT, $out, 65536;
    if ($n) { substr($out, 0, $n, "") }
    elsif (try_again()) { vec($wb, 1, 1) = 1; return }
    else { hang_up() }
  }
  vec($wb, 1, 1) = 0;
}

# The login environment replaces ours for every command. A login that hangs or ends must not cost the channel.
sub read_login {
  my $n = sysread $login, $seen, 65536, length $seen;
  return if !defined $n && try_again();
  my $from = index $seen, "$A$B";
  if ($from >= 0) {
    my $at = $from + length "$A$B";
    my $to = index $seen, "\0$A$B", $at;
    if ($to > 0) {
      my ($mask, @vars) = split /\n|\0/, substr($seen, $at, $to - $at), 2;
      %ENV = map { /\A([^=]+)=(.*)\z/s ? ($1, $2) : () } split /\0/, $vars[0];
      delete @ENV{qw(_ OLDPWD SHLVL)};
      umask oct $mask;
      chdir $ENV{HOME} if length $ENV{HOME};
      return login_done("ok");
    }
  }
  login_done("plain") if !$n || length $seen > 8e6;
}
sub login_done {
  my ($how) = @_;
  if ($login) {
    kill "KILL", -$login_pid if $how ne "ok" && $login_pid;
    unwatch_control($login) if exists $on{fileno $login};
    close $login;
  }
  ($login, $seen, $ready) = (undef, "", 1);
  # Some shells drop variables of other names than these, among them functions that bash has exported.
  $small = !grep { !/\A[A-Za-z_][A-Za-z0-9_]*\z/ || /\Alk_/ } keys %ENV;
  put("L $how ", time - $started, "\n");
  run(@$_) for splice @waiting;
}

sub receive {
  my $n = sysread STDIN, $in, 262144, length $in;
  if (!$n) { return if !defined $n && try_again(); return hang_up() }
  $heard = time;
  while ((my $eol = index $in, "\n") >= 0) {
    my ($c, $id, @a) = split / /, substr $in, 0, $eol;
    my $size = $c eq "R" ? $a[2] + ($a[3] > 0 ? $a[3] : 0) : $c eq "I" ? $a[0] : 0;
    return if length $in < $eol + 1 + $size;
    my $bytes = substr $in, $eol + 1, $size;
    substr($in, 0, $eol + 1 + $size, "");
    if ($c eq "R") {
      my @new = ($id, $a[0], $a[1], substr($bytes, 0, $a[2]), $a[3] < 0 ? undef : substr($bytes, $a[2]));
      if ($ready) { run(@new) } else { push @waiting, \@new }
      next;
    }
    if ($c eq "P") { put("P $id\n"); next }
    my $j = $job{$id};
    if (!$j) {
      # Not started yet: the login environment is still being read.
      for (@waiting) { next if $_->[0] != $id; if ($c eq "K") { put("Z $id 143 0 0 K\n"); $_ = 0 } else { push @{$_->[5]}, [$c, $bytes, @a] } }
      @waiting = grep { $_ } @waiting;
      next;
    }
    control($j, $c, $bytes, @a);
  }
}
sub control {
  my ($j, $c, $bytes, @a) = @_;
  if ($c eq "I") { $j->{iq} .= $bytes; feed($j) }
  elsif ($c eq "E") { $j->{ieof} = 1; feed($j) }
  elsif ($c eq "K") { $j->{how} = "K" if $j->{how} eq "-"; finish_off($j, "TERM") }
  elsif ($c eq "W") { $j->{win} += $a[0]; listen_to($j) }
}

# A child that has everything but its command: fork and pipes are then off the way of the next command.
# One pipe carries first the command and then its stdin, so the child reads not a byte too many.
# It waits as a shell where it may, which is a twentieth of our size and replaces itself so much faster: `squeue` takes
# 5 to 8 % less. As ourselves it touches as little memory as it can: every page changed here is copied first.
sub add_spare {
  my ($small) = @_;
  pipe my $ir, my $iw or return;
  pipe my $or, my $ow or return;
  pipe my $er, my $ew or return;
  my $p = fork;
  return unless defined $p;
  if (!$p) {
    setpgrp 0, 0;
    open STDIN, "<&", $ir;
    open STDOUT, ">&", $ow;
    open STDERR, ">&", $ew;
    exec "/bin/sh", "-c", q{lk_n='}."\n".q{';IFS= read -r lk_l&&eval "$lk_l"} if $small;
    # While we hold a copy, the stdin of another command has no end. All else closes itself at exec.
    close $_->{in} for grep { $_->{in} } @spare, values %job;
    close $iw;
    my ($head, $b) = ("", "");
    while (length $head < 5) { sysread STDIN, $head, 5 - length $head, length $head or exit 0 }
    my ($stdin, $n) = unpack "CN", $head;
    while (length $b < $n) { sysread STDIN, $b, $n - length $b, length $b or exit 0 }
    open STDIN, "<", "/dev/null" unless $stdin;
    my @v = split /\0/, $b, -1;
    pop @v;
    exec {$v[0]} @v;
    my $e = $! + 0;
    syswrite STDERR, "$v[0]: $!\n";
    exit($e == 2 ? 127 : 126);
  }
  setpgrp $p, $p;
  nonblocking($_) for $or, $er;
  push @spare, {pid => $p, in => $iw, O => $or, X => $er, small => $small};
}

# What a waiting shell is told, or nothing where it is not for a shell: its `read` is slow on long lines, and not
# every one passes on bytes that are no ASCII.
sub line_for {
  my ($words, $none) = @_;
  return if length $words > 4096 || $words !~ m{\A[A-Za-z0-9_./][\t\n -~]*\0(?:[\t\n -~]*\0)*\z};
  my @v = split /\0/, $words, -1;
  pop @v;
  my $script = @v > 2 && $v[0] eq "sh" && $v[1] eq "-c";
  for (@v) { s/'/'\\''/g; s/\n/'"\$lk_n"'/g; $_ = "'$_'" }
  return join(" ", "exec", @v, $none ? "</dev/null" : ()) . "\n" unless $script;
  # A script for a shell: the one that waits is one.
  return ($none ? "exec </dev/null;" : "") . join(" ", "set --", @v[4 .. $#v]) . ";lk_s=$v[2];unset lk_n lk_l;eval \"\$lk_s\"\n";
}

sub run {
  my ($id, $seconds, $keep, $words, $stdin, $later) = @_;
  my $none = defined $stdin && $stdin eq "";
  my $b = $small ? line_for($words, $none) : undef;
  if (!@spare || ($spare[0]{small} xor defined $b)) { add_spare(defined $b) || return put("Z $id -1 0 0 F\n"); unshift @spare, pop @spare }
  my $j = shift @spare;
  $b = pack("CN", $none ? 0 : 1, length $words) . $words if !defined $b;
  # The child reads this at once, so that a blocking write is a short one.
  while (length $b) { my $n = syswrite $j->{in}, $b; if ($n) { substr($b, 0, $n, "") } elsif ($! != 4) { last } }
  if ($none) { close delete $j->{in} } else { nonblocking($j->{in}) }
  %$j = (%$j, id => $id, keep => $keep, end => $seconds ? time + $seconds : 0, win => $WINDOW, how => "-",
    On => 0, Xn => 0, iq => defined $stdin ? $stdin : "", ieof => defined $stdin, free => 0, after => $WINDOW);
  $job{$id} = $by_pid{$j->{pid}} = $j;
  feed($j);
  listen_to($j);
  control($j, @$_) for @{$later || []};
}

sub listen_to {
  my ($j) = @_;
  for my $k ("O", "X") { if ($j->{$k}) { my $fd = fileno $j->{$k}; $from{$fd} = [$j, $k]; vec($rj, $fd, 1) = 1 } }
}
sub unlisten { my $fd = fileno $_[0]; vec($rj, $fd, 1) = 0; delete $from{$fd} }

# One read. Returns bytes taken; 0 when there is nothing (more) to take now.
sub take {
  my ($j, $k) = @_;
  my $h = $j->{$k} or return 0;
  my $most = $gone || $j->{win} > $CHUNK ? $CHUNK : $j->{win};
  if ($most <= 0) { unlisten($h); return 0 }
  my $n = sysread $h, my $b, $most;
  if ($n) {
    if (!$gone) { put("$k $j->{id} $n\n", $b); $j->{win} -= $n; $j->{$k . "n"} += $n }
    $j->{after} -= $n if defined $j->{rc};
    return $n;
  }
  if (defined $n || !try_again()) { unlisten($h); push @shut, delete $j->{$k} }
  return 0;
}

sub feed {
  my ($j) = @_;
  my $h = $j->{in} or return credit($j);
  while (length $j->{iq}) {
    my $n = syswrite $h, $j->{iq}, 65536;
    if ($n) { substr($j->{iq}, 0, $n, ""); $j->{free} += $n }
    elsif (try_again()) { my $fd = fileno $h; $to{$fd} = $j; vec($wb, $fd, 1) = 1; return credit($j) }
    else { $j->{ieof} = 1; last }
  }
  my $fd = fileno $h;
  vec($wb, $fd, 1) = 0;
  delete $to{$fd};
  close delete $j->{in} if $j->{ieof};
  credit($j);
}
sub credit {
  my ($j) = @_;
  # A command that does not want its stdin is still relieved of it.
  if (!$j->{in}) { $j->{free} += length $j->{iq}; $j->{iq} = "" }
  if ($j->{free}) { put("C $j->{id} $j->{free}\n"); $j->{free} = 0 }
}

sub reap {
  $died = 0;
  while ((my $p = waitpid -1, 1) > 0) {
    my $status = $? & 127 ? 128 + ($? & 127) : $? >> 8;
    my $j = delete $by_pid{$p};
    if ($j) {
      $j->{rc} = $status;
      kill "KILL", -$p if $j->{how} ne "-";
      settle($j);
      # Before anything else is tidied up: somebody waits for it.
      flush_out();
    }
    else { @spare = grep { $_->{pid} != $p } @spare }
  }
}

# After its end: what it wrote is in the pipes now. A background child may hold them open or write on without end.
sub settle {
  my ($j) = @_;
  for my $k ("O", "X") { 1 while $j->{$k} && $j->{after} > 0 && length $out < 4 * $HIGH && take($j, $k) }
  my $done = $gone || $j->{how} ne "-" || $j->{after} <= 0;
  for my $k ("O", "X") {
    next if $done || !$j->{$k};
    my $bits = "";
    vec($bits, fileno $j->{$k}, 1) = 1;
    # Still something to read: the reader has no credit left, so we wait for it.
    return if select($bits, undef, undef, 0) > 0;
  }
  for my $k ("O", "X") { if ($j->{$k}) { unlisten($j->{$k}); push @shut, delete $j->{$k} } }
  if ($j->{in}) { my $fd = fileno $j->{in}; vec($wb, $fd, 1) = 0; delete $to{$fd}; close delete $j->{in} }
  put("Z $j->{id} $j->{rc} $j->{On} $j->{Xn} $j->{how}\n");
  delete $job{$j->{id}};
}

sub finish_off { my ($j, $signal) = @_; if (!defined $j->{rc}) { kill $signal, -$j->{pid}; $j->{end} = time + 3; $j->{hard} = 1 } else { settle($j) } }
sub limits {
  my $now = time;
  if ($login && $now >= $login_end) { login_done("plain") }
  for my $j (values %job) {
    if (defined $j->{rc}) { settle($j) }
    elsif ($j->{end} && $now >= $j->{end}) {
      if ($j->{hard}) { kill "KILL", -$j->{pid}; $j->{end} = $now + 2 }
      else { $j->{how} = "T"; finish_off($j, "TERM") }
    }
  }
}

# The connection is gone. Jobs to keep go on under their own limit, and we stay to take their output.
sub hang_up {
  return if $gone;
  $gone = 1;
  unwatch_control(*STDIN);
  $out = "";
  @waiting = @spare = ();
  open STDIN, "<", "/dev/null";
  open STDOUT, ">", "/dev/null";
  for my $j (values %job) {
    listen_to($j);
    # A command whose stdin was cut off must not act on half of it.
    if (!$j->{ieof}) { finish_off($j, "KILL") }
    elsif (!$j->{keep}) { finish_off($j, "TERM") }
  }
}
