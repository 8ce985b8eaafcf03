# What showq says with the words given, once for each user that follows "--".
lk_option=
[ "$1" != -c ] || { lk_option=-c; shift; }
lk_status=0
for lk_user; do
  timeout -k 5 60 showq $lk_option --xml -w user="$lk_user" </dev/null || { lk_status=$?; break; }
  echo
done
printf '\nlatchkey: asked %s\nlatchkey: end\n' "$lk_status"
exit 0
