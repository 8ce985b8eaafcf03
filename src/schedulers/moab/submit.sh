# Moab's part of the submission.

lk_ids_of() { # NAME USER: numbers of those jobs in the XML on stdin
  sed 's/<job /\n&/g' | grep '^<job ' | grep -F " JobName=\"$1\"" | grep -F " User=\"$2\"" |
    sed -n 's/^.* JobID="\([^"]*\)".*$/\1/p' | sort | head -n 1
}

# lk_find NAME USER …: completed jobs stay known for the purge time, a day unless the site says otherwise.
lk_find() {
  for lk_option in '' -c; do
    lk_why=$(timeout 60 showq $lk_option --xml -w user="$2" 2>&1) || { lk_why="showq: $lk_why"; return 1; }
    case $lk_why in *'</Data>'*) ;; *) lk_why="showq: $lk_why"; return 1 ;; esac
    lk_purge=$(printf '%s' "$lk_why" | sed -n 's/^.* purgetime="\([0-9]*\)".*$/\1/p' | head -n 1)
    lk_found=$(printf '%s\n' "$lk_why" | lk_ids_of "$1" "$2")
    [ -z "$lk_found" ] || return 0
  done
  lk_accounting=0
}

lk_memory() { echo "${lk_purge:-0}"; }

# lk_send SCRIPT OPTIONS…: submits. See slurm/submit.sh. The resource manager below knows the job by a longer number.
lk_send() {
  lk_script=$(lk_job_script "$1" 'export LK_JOB_ID=${MOAB_JOBID:-${PBS_JOBID%%.*}}
')
  shift
  lk_send_with msub "$@" -S /bin/bash -j oe -o /dev/null -r n --xml
  lk_job=$(lk_last 's/^.*<job [^>]*JobID="\([A-Za-z0-9._-]*\)".*$/\1/p')
  [ -n "$lk_job" ] || lk_job=$(lk_last 's/^[[:space:]]*\(\([A-Za-z][A-Za-z0-9_-]*\.\)\{0,1\}[0-9][0-9]*\)[[:space:]]*$/\1/p')
  [ -z "$lk_job" ] || return 0
  lk_why="$lk_why$lk_out" lk_verdict=refused
  case $lk_why in
  *'timed out'* | *'annot connect'* | *'onnection'* | *'ommunication'* | *'lost connection'* | *'annot locate'*'server'* | \
    *'ot responding'*) lk_verdict=unknown ;;
  *'MAXJOB'* | *'limit reached'* | *'policy violation'*) lk_verdict=later ;;
  esac
  lk_no_job msub
}
