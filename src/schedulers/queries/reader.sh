# What a status reader's key is bound to: it tells whose jobs are alive and who it is; any other word ends it.
# It is printed, and sent, as one line that every login shell has to take and an authorized_keys file can hold: no single
# quote, no exclamation mark, no double backslash, and every statement ends with its own semicolon.
exec 2>/dev/null;
export LC_ALL=C;
read -r q a b;
test "$q" = hello || exit 1;
echo "H stat1 $$ $(id -u) $a$b";
while read -r q i u; do
  echo "$i" | grep -Eqx "[0-9]+" || exit 1;
  case $q in
  who) o=$(echo "$(id -un) $(id -u)");;
  jobs)
    echo "$u" | grep -Eqx "[A-Za-z0-9_][A-Za-z0-9_.@,-]*" || exit 1;
    JOBS;;
  *) exit 1;;
  esac;
  if test -n "$o"; then echo "O $i ${#o}"; printf "%s" "$o"; fi;
  echo "Z $i 0 ${#o} 0 -";
done
