# New bytes of Nextflow's log and trace file, of all of a member's live runs in one go. Words: LIMIT, then for each run
# ID DIRECTORY LOG-INODE LOG-OFFSET TRACE-INODE TRACE-OFFSET (inode 0: never read). The answer, per run: "latchkey: run
# ID", then for each file that is there "latchkey: log INODE SIZE FROM LENGTH" or "latchkey: trace …" and that many
# bytes. One stat tells which files have grown; only those are opened, and of each at most LIMIT bytes are sent. Then
# "latchkey: ended" once there is an exit status, and "latchkey: reporting HOW" once the launcher has found out.
lk_say clock "$(date '+%s %z')"
lk_limit=$1
shift

lk_sizes() { # FILE…: "INODE SIZE NAME" of those that are there, in this order
  LC_ALL=C stat -L -c '%i %s %n' -- "$@" 2>/dev/null
}

# lk_send KIND FILE INODE SIZE OFFSET: from the byte before on, which tells whether this still is the same file.
lk_send() {
  lk_from=$5
  [ "$lk_from" -le "$4" ] || lk_from=0
  lk_length=0
  if [ "$lk_from" -lt "$4" ] && [ -f "$2" ] && [ -r "$2" ]; then
    [ "$lk_from" = 0 ] || lk_from=$((lk_from - 1))
    lk_length=$(($4 - lk_from))
    [ "$lk_length" -le "$lk_limit" ] || lk_length=$lk_limit
  fi
  printf 'latchkey: %s %s %s %s %s\n' "$1" "$3" "$4" "$lk_from" "$lk_length"
  [ "$lk_length" = 0 ] || tail -c "+$((lk_from + 1))" -- "$2" | head -c "$lk_length"
}

# Nextflow moves a log that is there already out of its way, to .1, and that one to .2 … .9. What was being read is
# found by its inode and read to its end, then come those that are newer, the present one last.
lk_log() { # FILE INODE OFFSET
  lk_going=
  [ "$2" != 0 ] || lk_going=1
  lk_all=$(lk_sizes "$1.9" "$1.8" "$1.7" "$1.6" "$1.5" "$1.4" "$1.3" "$1.2" "$1.1" "$1")
  case "
$lk_all" in
  *"
$2 "*) ;;
  *) lk_going=1 ;;
  esac
  while read -r lk_inode lk_size lk_name; do
    if [ -n "$lk_going" ]; then
      if [ "$lk_size" != 0 ]; then lk_send log "$lk_name" "$lk_inode" "$lk_size" 0; return; fi
    elif [ "$lk_inode" = "$2" ]; then
      if [ "$lk_size" != "$3" ]; then lk_send log "$lk_name" "$lk_inode" "$lk_size" "$3"; return; fi
      lk_going=1
    fi
  done <<FILES
$lk_all
FILES
}

# The names for that one stat. On a network file system a file's size is up to a minute old until it is opened.
lk_paths() {
  while [ "$#" -ge 6 ]; do
    { true <"$2/nf-$1.log"; true <"$2/nf-$1.trace"; true <"$2/nf-$1.exit"; } 2>/dev/null
    printf '%s\n%s\n%s\n%s\n' "$2/nf-$1.log" "$2/nf-$1.trace" "$2/nf-$1.exit" "$2/nf-$1.reporting"
    shift 6
  done
}
lk_newline='
'
lk_ifs=$IFS
IFS=$lk_newline
set -f
lk_known=$lk_newline$(lk_sizes $(lk_paths "$@"))$lk_newline
set +f
IFS=$lk_ifs

# lk_look FILE: sets lk_inode and lk_size, to nothing when it is not there.
lk_look() {
  lk_inode= lk_size=
  case $lk_known in *" $1$lk_newline"*) ;; *) return 1 ;; esac
  lk_line=${lk_known%%" $1$lk_newline"*}
  lk_line=${lk_line##*"$lk_newline"}
  lk_inode=${lk_line%% *} lk_size=${lk_line##* }
}

while [ "$#" -ge 6 ]; do
  lk_say run "$1"
  # Only the member may have placed what lies there.
  if [ -O "$2" ]; then
    if lk_look "$2/nf-$1.log"; then
      if [ "$lk_inode" = "$3" ]; then lk_send log "$2/nf-$1.log" "$lk_inode" "$lk_size" "$4"
      else lk_log "$2/nf-$1.log" "$3" "$4"; fi
    fi
    if lk_look "$2/nf-$1.trace"; then
      lk_offset=0
      [ "$lk_inode" != "$5" ] || lk_offset=$6
      lk_send trace "$2/nf-$1.trace" "$lk_inode" "$lk_size" "$lk_offset"
    fi
    if lk_look "$2/nf-$1.exit"; then lk_say ended ''; fi
    if lk_look "$2/nf-$1.reporting" && read -r lk_line <"$2/nf-$1.reporting"; then lk_say reporting "$lk_line"; fi
  fi
  shift 6
done
lk_say end ''
