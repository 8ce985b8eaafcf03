# Shared by schedulers whose submit command reads the job's script from its stdin.

# The script of the head job: it goes where the run's files are, for not every scheduler starts a job in the directory
# it was submitted in, and writes its output there itself, for some bring it only at the end, or where they please.
lk_job_script() { # LAUNCHER [FIRST-LINES]
  lk_quote "$PWD"
  printf '#!/bin/bash\n%scd -- %s && exec /bin/bash ./%s >nf-%s.txt 2>&1 </dev/null\n' "${2-}" "$lk_quoted" "$1" "$lk_id"
}

# lk_send_with PROGRAM WORD…: runs the submit command on $lk_script. Sets lk_out, lk_status and lk_why (its complaint).
lk_send_with() {
  lk_out=$(
    umask "$lk_user_umask"
    printf '%s\n' "$lk_script" | timeout -k 5 100 "$@" 2>"$lk_errors" 9>&-
  )
  lk_status=$?
  lk_why=$(tail -c 1000 "$lk_errors" 2>/dev/null)
  lk_job=
}

# lk_no_job PROGRAM: what it means that no job id was printed. The scheduler's own judgement of lk_why comes first, in
# lk_verdict: refused, later or unknown.
lk_no_job() {
  [ -n "$lk_why" ] || { lk_verdict=unknown lk_why="$1 ended with status $lk_status and printed no job id${lk_out:+ but: $lk_out}"; }
  case $lk_status in
  127) lk_verdict=refused lk_why="$1 was not found: the scheduler is not on the PATH that a login of this account gets" ;;
  0) lk_verdict=unknown lk_why="$1 printed no job id but: $lk_out $lk_why" ;;
  124 | 137) lk_verdict=unknown lk_why="$1 did not answer within 100 s. $lk_why" ;;
  129 | 130 | 131 | 143) lk_verdict=unknown lk_why="$1 was killed (status $lk_status). $lk_why" ;;
  esac
}

# lk_field PATTERN: of the lines that match a sed expression with one group, the group of the last.
lk_last() { printf '%s\n' "$lk_out" | sed -n "$1" | tail -n 1; }
