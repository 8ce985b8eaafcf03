# The far side where there is no perl: one command at a time, through temporary files, answers as in helper.pl.
# lk_run ID SECONDS CAP 'WORDS' runs; lk_in 'OCTAL' adds to the stdin of the next one. No streaming, no kill from afar:
# output comes at the end, cut at CAP; the time limit ends a command (124, or 137 where it had to be killed).
# mktemp makes the directory 0700; the umask stays the account's, for the login and the commands.
D=$(mktemp -d "${TMPDIR:-/tmp}/lk.XXXXXX") || exit 9
trap 'rm -rf "$D"' EXIT
trap '' HUP
trap 'exit 0' TERM INT
: >"$D/i"
printf 'H seq1 %s %s %s\n' $$ "$(id -u)" "$LK_A$LK_B"
# The login environment, as export lines that any POSIX shell reads back. tcsh takes -l only alone.
lk_l="/bin/sh -c 'echo $LK_A\"\"$LK_B; umask; export -p; echo $LK_A\"\"$LK_B'"
case $SHELL in
  *csh) echo "$lk_l" | timeout -k 1 "$LK_T" "$SHELL" -l ;;
  *) timeout -k 1 "$LK_T" "$SHELL" -l -c "$lk_l" </dev/null ;;
esac >"$D/l" 2>/dev/null
lk_got=
sed -n "/$LK_A$LK_B\$/,/^$LK_A$LK_B\$/p" "$D/l" | sed '1d;$d' >"$D/m"
if [ -s "$D/m" ]; then
  lk_umask=$(sed -n 1p "$D/m")
  sed 1d "$D/m" >"$D/e" && . "$D/e" && lk_got=1
fi
[ "$lk_got" ] && echo 'L ok 0' || echo 'L plain 0'
unset LK_A LK_B LK_T
cd
lk_in() { printf "$1" >>"$D/i"; }
lk_run() {
  rm -f "$D/o" "$D/x"
  (umask "${lk_umask:-$(umask)}"; exec setsid timeout -k 2 "$2" /bin/sh -c "$4") <"$D/i" >"$D/o" 2>"$D/x"
  lk_z=$?
  : >"$D/i"
  lk_o=$(($(wc -c <"$D/o")))
  lk_x=$(($(wc -c <"$D/x")))
  [ "$lk_o" -gt "$3" ] && lk_o=$3
  [ "$lk_x" -gt "$3" ] && lk_x=$3
  if [ "$lk_o" -gt 0 ]; then echo "O $1 $lk_o"; head -c "$lk_o" "$D/o"; fi
  if [ "$lk_x" -gt 0 ]; then echo "X $1 $lk_x"; head -c "$lk_x" "$D/x"; fi
  lk_h=-
  case $lk_z in 124 | 137 | 143) lk_h=T ;; esac
  echo "Z $1 $lk_z $lk_o $lk_x $lk_h"
}
