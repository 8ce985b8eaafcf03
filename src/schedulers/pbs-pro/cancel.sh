# The program $1 (qdel, qsig) with the words given. That a job is gone or going is no failure.
lk_out=$(timeout -k 5 60 "$@" 2>&1 </dev/null)
lk_status=$?
case $lk_status in 124 | 137) printf '%s did not answer. %s\n' "$1" "$lk_out" >&2; exit "$lk_status" ;; esac
lk_out=$(printf '%s\n' "$lk_out" | grep -v -e 'Unknown Job Id' -e 'has finished' -e 'invalid for state' -e '^[[:space:]]*$')
[ -n "$lk_out" ] || exit 0
printf '%s\n' "$lk_out" >&2
[ "$lk_status" != 0 ] || lk_status=1
exit "$lk_status"
