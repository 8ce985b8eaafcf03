# mjobctl with the option $1 (and its value $2) for each of the jobs that follow. That a job is gone is no failure.
lk_status=0
lk_option=$1
shift
case $lk_option in -N) lk_value=$1; shift ;; *) lk_value= ;; esac
for lk_id; do
  lk_out=$(timeout -k 5 60 mjobctl "$lk_option" ${lk_value:+"$lk_value"} "$lk_id" 2>&1 </dev/null)
  lk_rc=$?
  case $lk_rc:$lk_out in
  0:* | *'invalid job specified'* | *'annot locate job'* | *'not found'* | *'already'*) ;;
  *) printf '%s\n' "$lk_out" >&2; lk_status=$lk_rc ;;
  esac
done
exit "$lk_status"
