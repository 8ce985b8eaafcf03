# Grid Engine's part of the submission.

# lk_find NAME USER …: sets lk_found to the oldest job of that name, or to nothing; fails (with lk_why) where Grid Engine
# does not answer. Ended jobs leave the queue at once; after that the accounting file alone knows.
lk_find() {
  lk_why=$(timeout 60 qstat -xml -u "$2" 2>&1) || { lk_why="qstat: $lk_why"; return 1; }
  case $lk_why in *'</job_info>'*) ;; *) lk_why="qstat: its answer is cut short"; return 1 ;; esac
  lk_found=$(printf '%s\n' "$lk_why" |
    sed -n -e 's:.*<JB_job_number>\([0-9]*\)</JB_job_number>.*:\1:p' -e 's:.*<JB_name>\(.*\)</JB_name>.*:=\1:p' |
    awk -v name="=$1" '/^[0-9]/ { id = $0 } $0 == name { print id }' | sort -n | head -n 1)
  [ -z "$lk_found" ] || return 0
  lk_why=$(timeout 60 qacct -o "$2" -j "$1" 2>&1) ||
    case $lk_why in
    *'not found'* | *'no jobs running'*) lk_why= ;;
    *'No such file'*) lk_why= lk_accounting=0 ;;
    *) lk_why="qacct: $lk_why"; return 1 ;;
    esac
  lk_found=$(printf '%s\n' "$lk_why" | sed -n 's/^jobnumber  *\([0-9][0-9]*\).*/\1/p' | sort -n | head -n 1)
}

lk_memory() {
  if [ -r "$SGE_ROOT/${SGE_CELL:-default}/common/accounting" ]; then echo 999999999; else echo 0; fi
}

# A parallel environment that keeps a job on one host: sites name them as they like.
lk_parallel() {
  timeout 20 qconf -spl 2>/dev/null | head -n 50 | while read -r lk_name; do
    case $(timeout 20 qconf -sp "$lk_name" 2>/dev/null | grep '^allocation_rule') in
    *'$pe_slots'*) echo "$lk_name"; break ;;
    esac
  done
}

lk_number() { # LINE
  case $1 in
  'Your job '[0-9]*' '*'has been submitted'*) lk_word=${1#'Your job '} lk_word=${lk_word%% *} ;;
  *) lk_word=${1%%.[0-9]*} ;;
  esac
  case $lk_word in '' | *[!0-9]*) ;; *) lk_job=$lk_word ;; esac
}

# lk_send SCRIPT OPTIONS…: submits. See slurm/submit.sh.
lk_send() {
  lk_job_script "$1"
  shift
  case $1 in
  --latchkey-cpus=*)
    lk_cpus=${1#*=}
    shift
    lk_name=$(lk_parallel)
    if [ -z "$lk_name" ]; then
      lk_verdict=refused lk_job=
      lk_why="headJobCpus: this Grid Engine has no parallel environment with the allocation rule \$pe_slots that you may see; name one in the head job options (-pe NAME $lk_cpus)"
      return 0
    fi
    set -- -pe "$lk_name" "$lk_cpus" "$@"
    ;;
  esac
  # -notify: SIGUSR2 comes a minute before the end, so that Nextflow can clean up. -V: the environment of the login.
  lk_send_with qsub -terse "$@" -b n -S /bin/bash -j y -o /dev/null -r n -notify -V
  # A warning comes with "Unable to run job" and with the number of a job that was submitted all the same.
  [ -n "$lk_job" ] || { lk_complaint; lk_in_lines "$lk_why"; }
  [ -z "$lk_job" ] || return 0
  lk_why="$lk_why$lk_out" lk_verdict=refused
  case $lk_why in
  *'commlib'* | *'ontact qmaster'* | *'qmaster using port'* | *'onnection'* | *'imeout'* | *'imed out'* | \
    *'answer list from qmaster'* | *'ommunication'*) lk_verdict=unknown ;;
  *'jobs are allowed'* | *'max_u_jobs'* | *'max_jobs'*) lk_verdict=later ;;
  esac
  lk_no_job qsub
}
