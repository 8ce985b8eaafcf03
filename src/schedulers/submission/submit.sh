# Places a run's files and submits its head job, exactly once however often it is sent. The scheduler's part stands
# before this one, the run's files (lk_files) and the call of lk_main after it, so half a text does nothing.
# Processes are what a submission costs, 1 ms each and more on a busy login node: the ordinary path starts four, and
# what fails in the shell itself is done once more where its words are caught. The channel's time limit ends all of them.

# No job will come for them (yet): whoever tries again writes them again.
lk_forget() { rm -rf "$lk_own.env" "$lk_own.secrets"; }

# lk_put NAME TEXT: a new file, whatever was there before: -C opens no file that exists. It need not appear at once and
# whole: until the job is submitted nobody reads it, and whoever tries again writes it again.
lk_put() {
  set -C
  if [ -e "$1" ] || ! { printf '%s' "$2" >"$1"; } 2>/dev/null; then
    lk_why=$( (rm -f "$1" && printf '%s' "$2" | cat >"$1") 2>&1) ||
      { rm -f "$1" 2>/dev/null; lk_disk "Writing $1 in $lk_head as $lk_me" "$lk_why"; }
  fi
  set +C
}

# Nextflow takes its store only with these modes, which an inherited ACL would otherwise widen.
lk_put_secrets() { # DIRECTORY TEXT
  rm -rf "$1"
  lk_why=$(mkdir -m 700 "$1" 2>&1) || lk_disk "Making $1 in $lk_head as $lk_me" "$lk_why"
  lk_put "$1/store.json" "$2"
  lk_why=$(chmod 600 "$1/store.json" 2>&1) || lk_disk "Closing $1 in $lk_head as $lk_me" "$lk_why"
}

# Datasets lie beside the run: only the far side knows where that is.
lk_put_params() { # NAME TEXT MARK
  case $lk_head in *[!A-Za-z0-9/._@+,=%~-]*)
    lk_end refused "launchDir: $lk_head cannot stand in parameters as it is, and they name a dataset. Use a directory of letters, digits and . _ @ + , = % ~ - alone" ;;
  esac
  lk_replace "$2" "$3" "$lk_head"
  lk_put "$1" "$lk_replaced"
}

lk_quote() { # TEXT: sets lk_quoted
  lk_replace "$1" "'" "'\\''"
  lk_quoted="'$lk_replaced'"
}

# The launcher learns here where it is: only the far side knows the directories.
lk_put_launcher() { # NAME TEXT
  lk_quote "$lk_head"
  lk_where="LK_HEAD_DIR=$lk_quoted"
  lk_quote "$lk_work"
  lk_put "$1" "#!/bin/bash
$lk_where
LK_WORK_DIR=$lk_quoted
$2"
}

lk_submitted() { # HOW
  lk_note job "$lk_job"
  lk_note how "$1"
  lk_end submitted ''
}

# The record is whole when its line has an end. Where it cannot be written, or a crash takes it, the intent stays and the
# job is found by it: from here on there is a job, and no disk may talk us out of it.
lk_record() { # HOW
  { printf '%s\n' "$lk_job" >"$lk_own.job"; } 2>/dev/null
  lk_submitted "$1"
}

# lk_seek AGE: ends where the head job of a submission of so many seconds ago is there, or where nobody can tell.
lk_seek() {
  lk_accounting=1
  lk_job=$(readlink "$lk_own.claim") && [ -n "$lk_job" ] && lk_record found
  lk_find "nf-$lk_id" "$lk_me" "$1" ||
    lk_end unknown "Whether the head job was submitted before cannot be seen: $lk_why"
  lk_job=$lk_found
  [ -z "$lk_job" ] || lk_record found
}

# A submission was begun before: its job is looked for, three times, because a controller may still hold the request
# of a dead submit command. Comes back only when there is certainly no job.
lk_look() {
  # By the file system's own clock: login nodes need not agree.
  lk_times=$({ touch "$lk_own.lock" && stat -c %Y "$lk_own.lock" "$lk_own.intent"; } 2>/dev/null) ||
    lk_end unknown "When this run's submission was begun before cannot be seen in $lk_head"
  lk_age=$((${lk_times%%[!0-9]*} - ${lk_times##*[!0-9]}))
  [ "$lk_age" -ge 0 ] || lk_age=0
  if [ "$lk_locks" = 0 ] && [ "$lk_age" -lt "$lk_longest" ]; then
    lk_end unknown 'Another submission of this run may still be going on'
  fi
  lk_tries=0
  while :; do
    lk_seek "$lk_age"
    lk_tries=$((lk_tries + 1))
    [ "$lk_tries" -lt 3 ] || break
    sleep "${LK_SETTLE:-5}"
  done
  if [ "$lk_accounting" != 1 ]; then
    lk_limit=$(lk_memory)
    if ! [ "$lk_age" -lt "${lk_limit:-0}" ]; then
      lk_end unknown "A submission begun $((lk_age / 60)) minutes ago was cut off, and without accounting nothing tells whether its job nf-$lk_id ever was in the queue. If there was none, remove $lk_head/$lk_own.intent on the cluster and it is submitted again; else cancel this run"
    fi
  fi
  rm -f "$lk_own.intent"
}

# From here on a job may exist. Without locks it is this file that lets one of two through.
lk_begin() {
  set -C
  if ! { printf '' >"$lk_own.intent"; } 2>/dev/null; then
    if [ "$lk_locks" = 0 ] && [ -e "$lk_own.intent" ]; then
      lk_end unknown 'Another submission of this run is going on'
    fi
    lk_begun=1
    lk_put "$lk_own.intent" ''
  fi
  set +C
  lk_begun=1
}

# lk_in_lines TEXT: hands each line to the scheduler's lk_number, which sets lk_job where it finds one. The last one counts:
# wrappers talk before and after it.
lk_in_lines() {
  lk_ifs=$IFS
  IFS='
'
  set -f
  for lk_line in $1; do lk_number "$lk_line"; done
  set +f
  IFS=$lk_ifs
}

# What the submit command complained of, into lk_why.
lk_complaint() { lk_why=$(tail -c 1000 "$lk_errors" 2>/dev/null); }

# The member's umask, without a process where the kernel tells it (4.7 and newer).
lk_ask_umask() {
  lk_word=
  { read -r lk_word && read -r lk_word lk_user_umask; } 2>/dev/null </proc/self/status
  [ "$lk_word" = Umask: ] || lk_user_umask=$(umask)
}

lk_main() { # RUN USER BASE-WORKDIR WORKDIR LAUNCHDIR SESSION SENT-SECONDS-AGO LONGEST OPTIONS…
  trap '' HUP INT TERM PIPE
  exec </dev/null
  lk_ask_umask
  lk_id=$1 lk_user=$2 lk_base=$3 lk_work=$4 lk_launch=$5 lk_session=$6 lk_sent=$7 lk_longest=$8
  shift 8
  lk_own=.nf-$lk_id lk_errors=.nf-$lk_id.err lk_begun=
  lk_enter

  # Frees itself when its holder dies. A file system without locks: an intent younger than any submission counts as one.
  { printf '' >>"$lk_own.lock"; } 2>/dev/null || lk_why=$( (: >>"$lk_own.lock") 2>&1) ||
    lk_disk "launchDir $lk_head cannot be written as $lk_me" "$lk_why"
  lk_note placed 1
  exec 9>>"$lk_own.lock"
  lk_locks=1
  flock -w 60 9 9>&9
  case $? in 0) ;; 1) lk_end unknown 'Another submission of this run is going on' ;; *) lk_locks=0 ;; esac

  if [ -f "$lk_own.job" ] && read -r lk_job <"$lk_own.job" && [ -n "$lk_job" ]; then lk_submitted recorded; fi
  # An intent that a crash of the file system took is known to the server: it has noted durably what it sends.
  if [ -e "$lk_own.intent" ]; then lk_look; elif [ -n "$lk_sent" ]; then lk_seek "$lk_sent"; fi

  lk_begin
  lk_files

  lk_send "nf-$lk_id.launcher.sh" "$@"
  [ -z "$lk_job" ] || lk_record new
  case $lk_verdict in
  refused) rm -f "$lk_own.intent"; lk_forget; lk_end refused "$lk_why" ;;
  later) rm -f "$lk_own.intent"; lk_forget; lk_end unknown "$lk_why" ;;
  esac
  lk_end unknown "$lk_why"
}
