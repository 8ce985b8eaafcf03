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

# Some versions answer in XML, which counts for more than a number that stands alone.
lk_number() { # LINE
  case $1 in
  *'<job '*JobID=\"*\"*)
    lk_word=${1##*'<job '}
    case ${lk_word%%JobID=*} in *'>'*) return ;; esac
    lk_word=${lk_word#*JobID=\"}
    lk_word=${lk_word%%\"*}
    case $lk_word in *[!A-Za-z0-9._-]*) ;; *) lk_job=$lk_word lk_xml=1 ;; esac
    return
    ;;
  esac
  [ -z "$lk_xml" ] || return
  lk_word=${1#"${1%%[![:space:]]*}"}
  lk_word=${lk_word%"${lk_word##*[![:space:]]}"}
  case $lk_word in *[!A-Za-z0-9._-]* | *.*.*) return ;; esac
  case $lk_word in [A-Za-z]*.*) lk_rest=${lk_word#*.} ;; *) lk_rest=$lk_word ;; esac
  case $lk_rest in '' | *[!0-9]*) ;; *) lk_job=$lk_word ;; esac
}

# lk_send SCRIPT OPTIONS…: submits. See slurm/submit.sh. The resource manager below knows the job by a longer number.
lk_send() {
  lk_job_script "$1" 'export LK_JOB_ID=${MOAB_JOBID:-${PBS_JOBID%%.*}}
'
  shift
  lk_xml=
  lk_send_with msub "$@" -S /bin/bash -j oe -o /dev/null -r n --xml
  [ -z "$lk_job" ] || return 0
  lk_complaint
  lk_why="$lk_why$lk_out" lk_verdict=refused
  case $lk_why in
  *'timed out'* | *'annot connect'* | *'onnection'* | *'ommunication'* | *'lost connection'* | *'annot locate'*'server'* | \
    *'ot responding'*) lk_verdict=unknown ;;
  *'MAXJOB'* | *'limit reached'* | *'policy violation'*) lk_verdict=later ;;
  esac
  lk_no_job msub
}
