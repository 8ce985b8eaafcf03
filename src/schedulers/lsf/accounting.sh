# What LSF knows of the jobs $@: bjobs has the state and IBM's reasons, bhist who asked for an end.
lk_out=$(timeout -k 5 60 bjobs -UF "$@" </dev/null 2>&1)
lk_status=$?
case $lk_out in
*'sage: bjobs'* | *'llegal option'* | *'nvalid option'*)
  lk_out=$(timeout -k 5 60 bjobs -l "$@" </dev/null 2>&1)
  lk_status=$?
  ;;
esac
printf '%s\n' "$lk_out"
if [ "$lk_status" != 124 ] && [ "$lk_status" != 127 ]; then
  timeout -k 5 60 bhist -l -n 2 "$@" </dev/null 2>&1
  lk_status=$?
fi
printf '\nlatchkey: asked %s\nlatchkey: end\n' "$lk_status"
exit 0
