# qdel with the job numbers given. That a job is gone, or is going, is no failure.
lk_out=$(timeout -k 5 60 qdel "$@" 2>&1 </dev/null)
lk_status=$?
[ "$lk_status" -lt 124 ] || { printf 'qdel did not answer. %s\n' "$lk_out" >&2; exit "$lk_status"; }
lk_out=$(printf '%s\n' "$lk_out" | grep -v -e 'does not exist' -e 'has deleted job' -e 'has registered the job' \
  -e 'already in deletion' -e '^[[:space:]]*$')
[ -n "$lk_out" ] || exit 0
printf '%s\n' "$lk_out" >&2
[ "$lk_status" != 0 ] || lk_status=1
exit "$lk_status"
