# bkill with the words given. That a job is gone or going is no failure.
lk_out=$(timeout -k 5 60 bkill "$@" 2>&1 </dev/null)
lk_status=$?
[ "$lk_status" -lt 124 ] || [ "$lk_status" = 255 ] || { printf 'bkill did not answer. %s\n' "$lk_out" >&2; exit "$lk_status"; }
lk_out=$(printf '%s\n' "$lk_out" | grep -v -e 'is being terminated' -e 'is being signaled' -e 'No matching job found' \
  -e 'has already finished' -e 'peration is in progress' -e 'is not found' -e '^[[:space:]]*$')
[ -n "$lk_out" ] || exit 0
printf '%s\n' "$lk_out" >&2
exit 1
