# PBS Professional's part of the submission.

# Ended jobs stay known only where the site keeps a history of them.
lk_history() { timeout 30 qstat -Bf 2>/dev/null </dev/null | grep -q 'job_history_enable *= *True'; }

# lk_find NAME USER …: one connection each; by number every job would cost one, and a privileged port with it.
lk_find() {
  lk_why=$(timeout 60 qselect -N "$1" -u "$2" 2>&1) || { lk_why="qselect: $lk_why"; return 1; }
  lk_found=$(printf '%s\n' "$lk_why" | grep '^[0-9][0-9]*\.' | sort -n | head -n 1)
  [ -z "$lk_found" ] || return 0
  # Nothing tells then whether there was a job: what is written in the run's directory alone counts.
  if ! lk_history; then lk_accounting=0; return 0; fi
  lk_why=$(timeout 60 qselect -x -N "$1" -u "$2" 2>&1) || { lk_why="qselect: $lk_why"; return 1; }
  lk_found=$(printf '%s\n' "$lk_why" | grep '^[0-9][0-9]*\.' | sort -n | head -n 1)
}

lk_memory() { echo 0; }

lk_number() { # LINE
  lk_word=${1%%[!A-Za-z0-9._-]*}
  case ${1#"$lk_word"} in *[![:space:]]*) return ;; esac
  case ${lk_word%%.*}:$lk_word in :* | *[!0-9]*:*) ;; *.*) lk_job=$lk_word ;; esac
}

# lk_send SCRIPT OPTIONS…: submits. See slurm/submit.sh.
lk_send() {
  lk_job_script "$1"
  shift
  lk_send_with qsub "$@" -S /bin/bash -j oe -o /dev/null -r n
  [ -z "$lk_job" ] || return 0
  lk_complaint
  lk_why="$lk_why$lk_out" lk_verdict=refused
  case $lk_status:$lk_why in
  *'annot connect'* | *'onnection'* | *'imed out'* | *'imeout'* | *'nvalid credential'* | *'eserved ports'* | *'pbs_iff'* | \
    *'End of File'* | *'ommunication'* | *'server is shutting'* | *'Internal error'* | *'System error'*) lk_verdict=unknown ;;
  38:* | *'would exceed'*'limit'*) lk_verdict=later ;;
  esac
  lk_no_job qsub
}
