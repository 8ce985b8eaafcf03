#!/usr/bin/perl
# A command of an emulated batch system: hands its call over and prints what comes back.
use strict; use warnings; use IO::Socket::UNIX; use JSON::PP; use Cwd; use File::Basename;
# A submit command reads the script that it is given, else its stdin.
my $stdin = '';
if (basename($0) =~ /^(?:qsub|msub|bsub)$/) {
  local $/;
  my $script = @ARGV ? $ARGV[-1] : '';
  my $from = \*STDIN;
  if (basename($0) ne 'bsub' && $script ne '' && -f $script && (@ARGV < 2 || $ARGV[-2] !~ /^-[oeNqlAPWv]$/)) { open $from, '<', $script or die "$script: $!\n" }
  binmode $from;
  $stdin = <$from> // '';
}
my $json = JSON::PP->new->ascii;
my $text = sub { my $bytes = shift; utf8::decode($bytes); $bytes };
my $socket = IO::Socket::UNIX->new(Peer => $ENV{LK_EMULATOR} // die "no emulator\n") or die "no emulator: $!\n";
print $socket $json->encode({
  program => basename($0), args => [map { $text->($_) } @ARGV], cwd => $text->(getcwd() // '/gone'), stdin => $text->($stdin),
  env => { map { ($text->($_), $text->($ENV{$_})) } keys %ENV }, user => scalar getpwuid($<),
});
shutdown $socket, 1;
my $answer = do { local $/; <$socket> } // '';
my $reply = JSON::PP->new->utf8->decode($answer);
binmode STDOUT, ':utf8'; binmode STDERR, ':utf8';
print STDOUT $reply->{stdout}; print STDERR $reply->{stderr};
exit $reply->{exit};
