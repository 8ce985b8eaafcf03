# Shared by schedulers whose submit command reads the job's script from its stdin.

# lk_job_script LAUNCHER [FIRST-LINES]: the script of the head job. It goes where the run's files are, for not every
# scheduler starts a job in the directory it was submitted in, and writes its output there itself, for some bring it only
# at the end, or where they please.
lk_job_script() {
  lk_quote "$PWD"
  lk_put "$lk_own.script" "#!/bin/bash
${2-}cd -- $lk_quoted && exec /bin/bash ./$1 >nf-$lk_id.txt 2>&1 </dev/null
"
}

# lk_send_with PROGRAM WORD…: runs the submit command on it. Sets lk_out, lk_status and lk_job, which lk_number finds in
# a line of what was printed: the last one counts, since wrappers talk before and after.
lk_send_with() {
  lk_out=$(
    umask "$lk_user_umask"
    exec "$@" <"$lk_own.script" 2>"$lk_errors" 9>&-
  )
  lk_status=$? lk_why= lk_job=
  lk_in_lines "$lk_out"
}

# lk_no_job PROGRAM: what it means that no job id was printed. The scheduler's own judgement of lk_why comes first, in
# lk_verdict: refused, later or unknown.
lk_no_job() {
  [ -n "$lk_why" ] || { lk_verdict=unknown lk_why="$1 ended with status $lk_status and printed no job id${lk_out:+ but: $lk_out}"; }
  case $lk_status in
  127) lk_verdict=refused lk_why="$1 was not found: the scheduler is not on the PATH that a login of this account gets" ;;
  0) lk_verdict=unknown lk_why="$1 printed no job id but: $lk_out $lk_why" ;;
  124) lk_verdict=unknown lk_why="$1 did not answer in time. $lk_why" ;;
  129 | 130 | 131 | 137 | 143) lk_verdict=unknown lk_why="$1 was killed (status $lk_status). $lk_why" ;;
  esac
}
