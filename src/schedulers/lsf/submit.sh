# LSF's part of the submission.

# lk_find NAME USER …: bjobs remembers ended jobs for CLEAN_PERIOD (an hour), bhist what its event files hold.
lk_find() {
  lk_found=
  lk_why=$(timeout -k 5 60 bjobs -a -w -u "$2" -J "$1" 2>&1)
  case $lk_why in
  *'JOBID'*) ;;
  *'No '*'found'* | *'is not found'*) lk_why= ;;
  *) lk_why="bjobs: $lk_why"; return 1 ;;
  esac
  lk_found=$(printf '%s\n' "$lk_why" | sed -n 's/^\([0-9][0-9]*\) .*/\1/p' | sort -n | head -n 1)
  [ -z "$lk_found" ] || return 0
  lk_why=$(timeout -k 5 90 bhist -a -n 0 -u "$2" -J "$1" 2>&1)
  case $lk_why in
  *'JOBID'*) lk_found=$(printf '%s\n' "$lk_why" | sed -n 's/^\([0-9][0-9]*\) .*/\1/p' | sort -n | head -n 1) ;;
  *'No '*'found'* | *'is not found'*) ;;
  *) lk_why="bhist: $lk_why"; return 1 ;;
  esac
}

lk_memory() { echo 3600; }

lk_number() { # LINE
  case $1 in *'Job <'*'> is submitted'*) ;; *) return ;; esac
  lk_word=${1##*'Job <'}
  case ${lk_word#*'>'} in ' is submitted'*) lk_word=${lk_word%%'>'*} ;; *) return ;; esac
  case $lk_word in '' | *[!0-9]*) ;; *) lk_job=$lk_word ;; esac
}

# lk_send SCRIPT OPTIONS…: submits. See slurm/submit.sh. Inside the job LSF's commands wait as the site means them to.
lk_send() {
  lk_job_script "$1" 'unset LSB_NTRIES
'
  shift
  lk_send_with bsub "$@" -o /dev/null
  # "Cannot connect to LSF. Please wait ..." may come before the good news.
  [ -n "$lk_job" ] || { lk_complaint; lk_in_lines "$lk_why"; }
  [ -z "$lk_job" ] || return 0
  lk_why="$lk_why$lk_out" lk_verdict=refused
  case $lk_why in
  *'threshold reached'* | *'job slot limit'* | *'ending job limit'*) lk_verdict=later ;;
  *'ot responding'* | *'annot connect'* | *'still trying'* | *'lease wait'* | *'imed out'* | *'imeout'* | *'onnection'* | \
    *'LIM is down'* | *'ommunication'* | *'library call'* | *'is closed'*'try later'*) lk_verdict=unknown ;;
  esac
  lk_no_job bsub
}
