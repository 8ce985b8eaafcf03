# scancel with the words given. That a job is gone already is no failure.
lk_out=$(LC_ALL=C timeout -k 5 60 scancel "$@" 2>&1)
lk_status=$?
[ "$lk_status" -lt 124 ] || { printf 'scancel did not answer. %s\n' "$lk_out" >&2; exit "$lk_status"; }
lk_out=$(printf '%s\n' "$lk_out" | grep -v -e 'Invalid job id' -e 'already completing or completed' -e '^[[:space:]]*$')
[ -n "$lk_out" ] || exit 0
printf '%s\n' "$lk_out" >&2
exit "$lk_status"
