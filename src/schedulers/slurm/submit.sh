# Slurm's part of the submission.

lk_numbers() { sed -n 's/^[[:space:]]*\([0-9][0-9]*\)[[:space:]]*$/\1/p' | sort -n | head -n 1; }

# lk_find NAME USER AGE: sets lk_found to the oldest job of that name, or to nothing; fails (with lk_why) where Slurm
# does not answer. Without accounting it says so (lk_accounting=0). "-t all": an ended job stays visible for MinJobAge, after that accounting alone knows.
lk_find() {
  lk_why=$(timeout 60 squeue -h -u "$2" -n "$1" -t all -o %A 2>&1) || { lk_why="squeue: $lk_why"; return 1; }
  # When the site's user directory is down, squeue complains about the user, lists nothing and ends with 0.
  case $lk_why in *rror:*) lk_why="squeue: $lk_why"; return 1 ;; esac
  lk_found=$(printf '%s\n' "$lk_why" | lk_numbers)
  [ -z "$lk_found" ] || return 0
  # Without states and an end it leaves out jobs that were removed while they were held.
  lk_why=$(timeout 60 sacct -X -n -P -u "$2" --name "$1" -s BF,CA,CD,DL,F,NF,OOM,PR,R,S,TO \
    -S "now-$(($3 / 60 + 120))minutes" -E now+1minutes -o JobIDRaw 2>&1) ||
    case $?:$lk_why in
    127:* | *'ccounting storage is disabled'*) lk_accounting=0 lk_why= ;;
    *) lk_why="sacct: $lk_why"; return 1 ;;
    esac
  lk_found=$(printf '%s\n' "$lk_why" | lk_numbers)
}

# For how many seconds an ended job is sure to stay visible without accounting.
lk_memory() {
  timeout 60 scontrol show config 2>/dev/null | sed -n 's/^MinJobAge *= *\([0-9][0-9]*\).*/\1/p'
}

lk_number() { # LINE
  lk_word=$1
  case $lk_word in
  'Submitted batch job '*) lk_word=${lk_word#'Submitted batch job '} lk_word=${lk_word%%[!0-9]*} ;;
  esac
  lk_word=${lk_word%%;*}
  case $lk_word in '' | *[!0-9]*) ;; *) lk_job=$lk_word ;; esac
}

# lk_send SCRIPT OPTIONS…: submits in the current directory. Sets lk_job, or lk_verdict (refused: certainly not
# submitted; later: neither, but worth another try; unknown: it may have been) and lk_why in Slurm's words.
lk_send() {
  lk_script=$1
  shift
  # A percent sign in the output's path would be filled in. Without the lock's descriptor, and with the member's own
  # umask: Slurm hands it on to the job.
  lk_replace "$PWD" % %%
  lk_out=$(
    umask "$lk_user_umask"
    exec sbatch "$@" --parsable --no-requeue --chdir "$PWD" --output "$lk_replaced/nf-$lk_id.txt" \
      "$lk_script" 2>"$lk_errors" 9>&-
  )
  lk_status=$?
  lk_job=
  lk_in_lines "$lk_out"
  [ -z "$lk_job" ] || return 0
  lk_complaint
  lk_verdict=refused
  case $lk_why in
  *'nable to contact'* | *'imed out'* | *'Zero Bytes'* | *'onnection '* | *'ommunication'* | *'ransport endpoint'* | \
    *'Unexpected message'* | *'standby mode'* | *'slurmdbd'* | *'slurm_persist'* | *[Mm]'unge'* | \
    *'uthentication credential'* | *'establish a configuration source'* | *'temporarily unable'*) lk_verdict=unknown ;;
  *MaxSubmitJob* | *'MaxJobCount'*) lk_verdict=later ;;
  '') lk_verdict=unknown lk_why="sbatch ended with status $lk_status and printed no job id" ;;
  esac
  case $lk_status in
  127) lk_verdict=refused lk_why='sbatch was not found: Slurm is not on the PATH that a login of this account gets' ;;
  0) lk_verdict=unknown lk_why="sbatch printed no job id but: $lk_out $lk_why" ;;
  124) lk_verdict=unknown lk_why="sbatch did not answer in time. $lk_why" ;;
  129 | 1[3-8]? | 19[0-2]) lk_verdict=unknown lk_why="sbatch was killed (status $lk_status). $lk_why" ;;
  esac
}
