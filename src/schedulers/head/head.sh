
# The launcher of a run: prepares, starts Nextflow, lets it clean up when it is told to stop, keeps its exit status.
cd -- "$LK_HEAD_DIR" || exit 1
# What lies here is run below. In a launch directory that a group shares somebody may have put another in its place.
if ! [ -O . ] || [ -n "$(find . -prune \( -perm -020 -o -perm -002 \))" ]; then
  echo "Others than $(id -un) can write in $LK_HEAD_DIR, so nothing in it is run."
  exit 1
fi
lk_own=.nf-$LK_ID
lk_job=${LK_JOB_ID:-${SLURM_JOB_ID:-${LSB_JOBID:-${PBS_JOBID:-${JOB_ID:-$$}}}}}

# First of all: a run belongs to one job. A second one leaves without touching anything.
if ! ln -sT -- "$lk_job" "$lk_own.claim" 2>/dev/null; then
  lk_owner=$(readlink -- "$lk_own.claim")
  if [ "$lk_owner" != "$lk_job" ] && [ -n "$lk_owner" ]; then
    echo "This run is the work of job $lk_owner already; job $lk_job leaves."
    exit 0
  elif [ -z "$lk_owner" ]; then
    echo "Nothing can be written in $LK_HEAD_DIR (is it full, or over its quota?)" | tee "nf-$LK_ID.message"
    exit 1
  fi
fi

# Others of the group must be able to write where they share a directory: with 022 they fail at a random one.
if [ -n "$(find "$LK_WORK_DIR" -prune -perm -2020 2>/dev/null)" ]; then umask 007; fi

lk_note() {
  echo "$1"
  echo "$1" >>"nf-$LK_ID.message"
}

lk_stop() { # STATUS SENTENCE: ends the run before Nextflow
  lk_note "$2"
  exit "$1"
}

# Runs whatever ends this shell, a pre-run script included.
lk_leave() {
  NXF_EXIT_STATUS=$1
  trap - EXIT
  trap '' TERM USR2 INT HUP
  if [ -n "$lk_preparing" ]; then
    lk_note "The pre-run script ended the run with exit status $NXF_EXIT_STATUS."
    [ "$NXF_EXIT_STATUS" != 0 ] || NXF_EXIT_STATUS=1
  fi
  rm -rf "$lk_own.env" "$lk_own.secrets"
  if [ -s "nf-$LK_ID.post.sh" ]; then
    export NXF_EXIT_STATUS
    (set +eu; trap - TERM USR2 INT HUP; . "./nf-$LK_ID.post.sh") || echo "The post-run script ended with exit status $?."
  fi
  { echo "$NXF_EXIT_STATUS" >"$lk_own.exit" && mv -f "$lk_own.exit" "nf-$LK_ID.exit"; } ||
    echo "The exit status $NXF_EXIT_STATUS could not be written in $LK_HEAD_DIR."
  sync "nf-$LK_ID.exit" . 2>/dev/null || sync
  exit "$NXF_EXIT_STATUS"
}
lk_preparing=

# Nextflow is told once and then has time to cancel its jobs.
lk_nextflow= lk_told= lk_signal= lk_woken=
lk_tell() {
  if [ -n "$lk_nextflow" ] && [ -z "$lk_told" ]; then
    lk_told=1
    kill -TERM "$lk_nextflow" 2>/dev/null
  fi
}
lk_forward() {
  lk_woken=1
  if [ -z "$lk_signal" ]; then
    lk_signal=$1
    [ "$1" != USR2 ] || lk_note 'The wall-clock limit of the head job ended this run.'
  fi
  lk_tell
}
lk_arm() {
  trap 'lk_leave $?' EXIT
  for lk_each in TERM USR2 INT HUP; do trap "lk_forward $lk_each" "$lk_each"; done
}
lk_arm

# A token that the login brought along would report to another service, and end the run where its plugin is missing.
unset TOWER_ACCESS_TOKEN TOWER_REFRESH_TOKEN LATCHKEY_RUN_TOKEN

# Secrets are read once and do not stay on the disk.
if [ -e "$lk_own.env" ]; then . "./$lk_own.env"; rm -f "$lk_own.env"; fi
lk_token=${LATCHKEY_RUN_TOKEN-}
unset LATCHKEY_RUN_TOKEN

lk_environment

# Nextflow's store of secrets, for this run alone; the one in the member's home is not read beside it.
if [ "$LK_SECRETS" = 1 ]; then
  [ -s "$lk_own.secrets/store.json" ] || lk_stop 1 'The secrets of this run are gone, so it cannot begin.'
  export NXF_ENABLE_SECRETS=true NXF_SECRETS_FILE=$LK_HEAD_DIR/$lk_own.secrets/store.json
fi

# Java takes file names for ASCII where no locale is passed, and an umlaut then ends the run.
case $(locale charmap 2>/dev/null) in
UTF-8) ;;
*) if locale -a 2>/dev/null | grep -qix 'c\.utf-\{0,1\}8'; then export LC_ALL=C.UTF-8; else export LC_ALL=en_US.UTF-8; fi ;;
esac
# Left over from the head job's own memory options; a task's srun refuses them beside its own.
unset SLURM_MEM_PER_CPU SLURM_MEM_PER_GPU SLURM_MEM_PER_NODE

export NXF_WORK=$LK_WORK_DIR NXF_UUID=$LK_SESSION NXF_ANSI_LOG=false NXF_IGNORE_RESUME_HISTORY=true
export NXF_DISABLE_CHECK_LATEST=true NXF_TRACE=nextflow.processor.TaskPollingMonitor
export NXF_OUT_FILE=$LK_HEAD_DIR/nf-$LK_ID.txt NXF_LOG_FILE=$LK_HEAD_DIR/nf-$LK_ID.log
export NXF_TML_FILE=$LK_HEAD_DIR/timeline-$LK_ID.html NXF_EXIT_FILE=$LK_HEAD_DIR/nf-$LK_ID.exit
export TOWER_WORKFLOW_ID=$LK_ID TOWER_REPORTS_FILE=$LK_HEAD_DIR/nf-$LK_ID-reports.tsv
# A clone per repository and revision: two of one name, or a run without revision after one with it, fail in one place.
export NXF_ASSETS=$LK_HEAD_DIR/.nf-assets/$LK_ASSETS

# A site's `module` is a function, and a shell between the login and here may have dropped it.
if [ -n "${MODULESHOME-}" ] && ! type module >/dev/null 2>&1 && [ -r "$MODULESHOME/init/bash" ]; then
  . "$MODULESHOME/init/bash"
fi

if [ -s "nf-$LK_ID.pre.sh" ]; then
  lk_preparing=1
  . "./nf-$LK_ID.pre.sh"
  lk_status=$?
  lk_preparing=
  set +eu
  lk_arm
  cd -- "$LK_HEAD_DIR" || exit 1
  [ "$lk_status" = 0 ] || lk_stop "$lk_status" "The pre-run script failed with exit status $lk_status (that of its last command)."
fi

# Over HTTP only where that cannot end the run: Nextflow dies of a plugin that it neither finds nor can fetch.
lk_report() { # HOW REASON
  printf '%s %s\n' "$1" "$2" >"nf-$LK_ID.reporting"
  [ -z "$2" ] || echo "$2"
}
lk_http=
if [ -n "${TOWER_ACCESS_TOKEN-}" ]; then
  # Set on purpose, for another service, where our ids mean nothing.
  unset TOWER_WORKFLOW_ID TOWER_WORKSPACE_ID
  if [ -n "$lk_token" ]; then
    lk_report ssh 'Progress is read over SSH alone: this run sets a TOWER_ACCESS_TOKEN of its own and reports elsewhere.'
  fi
elif [ -n "$lk_token" ]; then
  lk_plugins=${NXF_PLUGINS_DIR:-${NXF_HOME:-$HOME/.nextflow}/plugins}
  for lk_each in "$lk_plugins"/nf-tower-*/; do
    if [ -d "$lk_each" ]; then lk_http=1; fi
  done
  if [ -n "$lk_http" ]; then
    export TOWER_ACCESS_TOKEN=$lk_token TOWER_API_ENDPOINT=$LK_ENDPOINT
    lk_report http ''
  else
    lk_report ssh "Progress is read over SSH alone: Nextflow's plugin nf-tower is not installed in $lk_plugins on the node $(hostname)."
  fi
fi

command -v nextflow >/dev/null || lk_stop 127 "Nextflow was not found on the node $(hostname): put \"nextflow\" on the PATH of $(id -un), for example with \"module load nextflow\" in the pre-run script."
command -v java >/dev/null || [ -n "$JAVA_CMD$JAVA_HOME$NXF_JAVA_HOME" ] ||
  lk_stop 127 "Java was not found on the node $(hostname): Nextflow needs it; put \"java\" on the PATH of $(id -un) or set JAVA_HOME, for example with \"module load java\" in the pre-run script."
for lk_each in "$LK_WORK_DIR" "$LK_HEAD_DIR"; do
  [ -d "$lk_each" ] || lk_stop 1 "The directory $lk_each does not exist on the node $(hostname): work and launch directory must be on a file system that compute nodes share."
  lk_why=$( (umask 077; head -c 1048576 /dev/zero >"$lk_each/.lk-space-$lk_job") 2>&1) ||
    { rm -f "$lk_each/.lk-space-$lk_job"; lk_stop 1 "Nothing can be written in $lk_each as $(id -un) on the node $(hostname): ${lk_why##*: }."; }
  rm -f "$lk_each/.lk-space-$lk_job"
  lk_free=$(df -Pk -- "$lk_each" 2>/dev/null | awk 'NR == 2 && $4 ~ /^[0-9]+$/ { print int($4 / 1024) }')
  [ "${lk_free:-$LK_MIN_FREE_MB}" -ge "$LK_MIN_FREE_MB" ] ||
    lk_stop 1 "Only $lk_free MB are free in $lk_each; a run needs at least $LK_MIN_FREE_MB MB."
done

# Tasks of this session that were submitted and never seen to end: Nextflow would read their old exit files and fail at
# once. Only directories in logs of this very directory, of our own, in the form of a task's, below this work directory.
lk_forget_unfinished() {
  cat -- nf-*.log nf-*.log.[1-9] 2>/dev/null | LC_ALL=C awk '
    / submitted process .* > jobId: [^;]*; workDir: \// { sub(/^.*; workDir: /, ""); open[$0] = 1; next }
    / Task completed > TaskHandler\[.* exit: -?[0-9]+; .* workDir: \// {
      sub(/^.* workDir: /, ""); sub(/ started: [^;]*; exited: [^;]*; *\]$/, ""); delete open[$0] }
    END { for (d in open) print d }' |
    while IFS= read -r lk_dir; do
      case ${lk_dir#"$LK_WORK_DIR"/} in
      [0-9a-f][0-9a-f]/*/* | "$lk_dir") ;;
      [0-9a-f][0-9a-f]/??????????????????????????????)
        if [ -O "$lk_dir" ] && ! [ -L "$lk_dir" ]; then rm -f -- "$lk_dir/.exitcode" "$lk_dir/.command.begin"; fi ;;
      esac
    done
}
if [ "$LK_RESUME" = 1 ]; then lk_forget_unfinished; fi

# Always a revision, so that a clone never gets stuck on another one: the one asked for, or the remote's default branch,
# remembered beside the clone so that a resume gets the same.
case $LK_PIPELINE in
/* | ./* | ../* | '~/'*)
  case $LK_PIPELINE in '~/'*) LK_PIPELINE=$HOME/${LK_PIPELINE#'~/'} ;; esac
  if [ -n "$LK_REVISION" ]; then echo "The revision $LK_REVISION is not used: $LK_PIPELINE is a local directory."; fi
  LK_REVISION=
  ;;
*)
  mkdir -p -- "$NXF_ASSETS"
  if [ -z "$LK_REVISION" ] && [ "$LK_LATEST" != 1 ]; then LK_REVISION=$(cat -- "$NXF_ASSETS/.revision" 2>/dev/null); fi
  if [ -z "$LK_REVISION" ]; then
    case $LK_PIPELINE in
    *:*) lk_url=$LK_PIPELINE ;;
    */*) lk_url=https://github.com/$LK_PIPELINE ;;
    *) lk_url=https://github.com/nextflow-io/$LK_PIPELINE ;;
    esac
    LK_REVISION=$(
      case $lk_url in
      # git itself refuses another owner's directory, Nextflow does not.
      file://*) cat -- "${lk_url#file://}/HEAD" "${lk_url#file://}/.git/HEAD" ;;
      # Nor is a repository that somebody put above this directory asked for its configuration.
      *) GIT_CEILING_DIRECTORIES=${LK_HEAD_DIR%/*} GIT_TERMINAL_PROMPT=0 GIT_SSH_COMMAND='ssh -oBatchMode=yes' timeout 30 git ls-remote --symref -- "$lk_url" HEAD ;;
      esac 2>/dev/null </dev/null | sed -n 's,^ref: refs/heads/\([^[:space:]]*\).*$,\1,p' | head -n 1
    )
  fi
  if [ -n "$LK_REVISION" ]; then printf '%s' "$LK_REVISION" >"$NXF_ASSETS/.revision"; fi
  ;;
esac

lk_words=(-log "nf-$LK_ID.log")
for lk_each in "nf-$LK_ID.site.config" "nf-$LK_ID.config" "nf-$LK_ID.launch.config"; do
  if [ -s "$lk_each" ]; then lk_words+=(-c "$lk_each"); fi
done
lk_words+=(run "$LK_PIPELINE" -name "$LK_RUN_NAME" -work-dir "$LK_WORK_DIR")
if [ -n "$LK_REVISION" ]; then lk_words+=(-r "$LK_REVISION"); fi
if [ "$LK_RESUME" = 1 ]; then lk_words+=(-resume "$LK_SESSION"); fi
lk_words+=(-with-trace "nf-$LK_ID.trace" -with-timeline "timeline-$LK_ID.html" "${LK_OPTIONS[@]}")

if [ -n "$lk_signal" ]; then lk_stop 143 'The run was stopped before Nextflow started.'; fi
lk_run() {
  nextflow "${lk_words[@]}" &
  lk_nextflow=$!
  [ -z "$lk_signal" ] || lk_tell
  # A signal ends "wait", not Nextflow.
  while :; do
    lk_woken=
    wait "$lk_nextflow"
    lk_status=$?
    [ -n "$lk_woken" ] || break
  done
  lk_nextflow=
}
lk_run
# The plugin may be of a version that this Nextflow does not take, or this service out of the node's reach: that ends a
# run before its first task. Then once more, without.
if [ -n "$lk_http" ] && [ "$lk_status" != 0 ] && [ -z "$lk_signal" ] &&
  ! grep -q -e ' Scheduled task > ' -e '\] Cached process > ' "nf-$LK_ID.log" 2>/dev/null &&
  cat "nf-$LK_ID.log" "nf-$LK_ID.txt" 2>/dev/null | grep -A 4 -e ' ERROR ' -e '^ERROR ~ ' |
  grep -q -i -e 'nf-tower' -e 'seqera' -e 'tower api' -e 'unexpected http response'; then
  unset TOWER_ACCESS_TOKEN TOWER_API_ENDPOINT
  lk_report ssh 'Progress is read over SSH alone: Nextflow could not report over HTTP (see above) and was started once more without.'
  lk_run
fi
exit "$lk_status"
