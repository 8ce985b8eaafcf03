# Removes what a session has left, as its member: its tasks' directories below the work directory, then what lies in its
# own directory. Words: RUN USER SESSION HEAD WORK POLICY SECONDS. Safe to send again at any point; after SECONDS it says
# "more" and goes on when it is sent again. Everything goes through find -delete, which follows no link, not even one
# that takes a directory's place meanwhile, and -xdev, which enters no other file system.
lk_id=$1 lk_user=$2 lk_session=$3 lk_head=$4 lk_work=$5 lk_policy=$6
lk_until=$(($(date +%s) + $7))
ionice -c 3 -p $$ 2>/dev/null
lk_left=0 lk_words= lk_tasks=0

lk_finish() { # OUTCOME REASON
  lk_say tasks "$lk_tasks"
  lk_say left "$lk_left $lk_words"
  lk_end "$1" "$2"
}

# lk_delete START… -- TEST…: what find sees below the starting points. Directories that their owner closed are opened
# and tried once more; what then is left is counted.
lk_delete() {
  lk_for=$((lk_until - $(date +%s)))
  [ "$lk_for" -gt 0 ] || lk_finish more ''
  lk_said=$(LC_ALL=C timeout -k 5 "$lk_for" find "$@" -delete 2>&1 >/dev/null)
  lk_status=$?
  if [ "$lk_status" -ne 0 ] && [ "$lk_status" -ne 124 ] && [ "$lk_status" -ne 137 ]; then
    for lk_each in "$@"; do
      case $lk_each in -* | !) break ;; esac
      find "$lk_each" -xdev -type d -user "$lk_me" ! -perm -0700 -exec chmod u+rwx {} \; 2>/dev/null
    done
    lk_said=$(LC_ALL=C timeout -k 5 "$lk_for" find "$@" -delete 2>&1 >/dev/null)
    lk_status=$?
  fi
  case $lk_status in 0) return ;; 124 | 137) lk_finish more '' ;; esac
  # Gone before it was its turn is as good.
  lk_said=$(printf '%s\n' "$lk_said" | grep -v 'No such file or directory$')
  [ -n "$lk_said" ] || return 0
  lk_left=$((lk_left + $(printf '%s\n' "$lk_said" | wc -l)))
  [ -n "$lk_words" ] || lk_words=$(printf '%s\n' "$lk_said" | sed -n '1s/^find: //p')
}

# Where tasks of this session ran, as "ab/0123…": Nextflow makes the name from the session too, so they are no other's.
# From the logs and trace files of all its runs; only what has the form of a task's directory below this work directory.
lk_list() {
  cat -- nf-*.log nf-*.log.[1-9] nf-*.trace 2>/dev/null | LK_BELOW=$lk_work LC_ALL=C awk '
    BEGIN { below = ENVIRON["LK_BELOW"] "/"; gsub(/\/+/, "/", below) }
    { rest = $0
      while ((at = index(rest, below)) > 0) {
        before = at > 1 ? substr(rest, at - 1, 1) : ""
        rest = substr(rest, at + length(below))
        task = substr(rest, 1, 33); after = substr(rest, 34, 1)
        if ((before == " " || before == "\037") && length(task) == 33 && !(after ~ /[0-9A-Za-z_.\/-]/) &&
            task ~ /^[0-9a-f][0-9a-f]\/[0-9a-f]+$/ && !(task in seen)) { seen[task] = 1; print task } } }'
}

lk_me=$(id -un)
[ "$lk_me" = "$lk_user" ] || lk_finish refused "The login is $lk_me, but these files are $lk_user's"
case $lk_head in /*/"$lk_session") ;; *) lk_finish refused "$lk_head is not the directory of session $lk_session" ;; esac
if ! [ -e "$lk_head" ]; then
  lk_up=${lk_head%/*}
  [ -d "${lk_up%/*}" ] || lk_finish unknown "${lk_up%/*} is not there; is its file system mounted?"
  lk_finish gone ''
fi
cd -P -- "$lk_head" || lk_finish unknown "$lk_head cannot be entered"
lk_real=$(pwd -P)
# In a launch directory that a group shares somebody may have put another in its place.
[ "${lk_real##*/}" = "$lk_session" ] && [ -O . ] || lk_finish refused "$lk_head leads to $lk_real, which is not $lk_me's directory of this session"
[ -z "$(find . -prune \( -perm -020 -o -perm -002 \))" ] || lk_finish refused "Others than $lk_me can write in $lk_head: look at what it holds"
if ! [ -O ".nf-$lk_id.lock" ]; then
  [ -z "$(find . -mindepth 1 -maxdepth 1 | head -n 1)" ] || lk_finish refused "$lk_head holds nothing that says it is of run $lk_id"
fi

if [ -d "$lk_work" ]; then
  lk_all=$(lk_list)
  cd -P -- "$lk_work" || lk_finish unknown "$lk_work cannot be entered"
  set --
  [ ! -d "stage-$lk_session" ] || [ -L "stage-$lk_session" ] || ! [ -O "stage-$lk_session" ] || lk_delete "stage-$lk_session" -xdev
  # As many at a time as make one process worth its start.
  lk_batch() {
    [ "$#" -gt 0 ] || return 0
    lk_count=$#
    lk_delete "$@" -xdev
    lk_tasks=$((lk_tasks + lk_count))
  }
  while IFS= read -r lk_task; do
    [ -n "$lk_task" ] && [ -d "$lk_task" ] && ! [ -L "$lk_task" ] && ! [ -L "${lk_task%/*}" ] && [ -O "$lk_task" ] || continue
    set -- "$@" "$lk_task"
    [ "$#" -lt 50 ] || { lk_batch "$@"; set --; }
  done <<TASKS
$lk_all
TASKS
  lk_batch "$@"
  cd -P -- "$lk_real" || lk_finish unknown "$lk_real cannot be entered"
fi

if [ "$lk_policy" = keep-logs ]; then
  set --
  for lk_each in ./.nextflow ./.nf-assets; do
    if [ -e "$lk_each" ] || [ -L "$lk_each" ]; then set -- "$@" "$lk_each"; fi
  done
  [ "$#" = 0 ] || lk_delete "$@" -xdev
else
  # What says whose this is goes last, so that one who was cut off here may come again.
  lk_delete . -xdev -mindepth 1 ! -path "./.nf-$lk_id.lock"
  if [ "$lk_left" = 0 ]; then
    rm -f "./.nf-$lk_id.lock"
    cd -P .. && lk_why=$(rmdir -- "$lk_session" 2>&1) || { lk_left=1 lk_words=$lk_why; }
  fi
fi
lk_finish done ''
