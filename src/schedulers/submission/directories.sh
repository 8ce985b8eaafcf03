# A run's directories: made where they are missing, checked, entered.

# What the file system said: an outage passes, the rest does not. Nothing has been sent yet.
lk_disk() { # WHAT WORDS
  [ -z "$lk_begun" ] || { rm -f "$lk_own.intent"; lk_forget; }
  case $2 in
  *'Input/output'* | *[Ss]'tale'* | *'imed out'* | *'not connected'* | *'emporarily'* | *'nterrupted'*)
    lk_end unknown "$1: $2" ;;
  esac
  lk_end refused "$1: $2"
}

# lk_make FIELD PATH: makes what is missing: open to the group below a shared directory, private elsewhere.
lk_make() {
  [ -d "$2" ] && return
  lk_up=$2
  while ! [ -e "$lk_up" ] && [ "$lk_up" != "${lk_up%/*}" ]; do lk_up=${lk_up%/*} lk_up=${lk_up:-/}; done
  if lk_shared "$lk_up"; then umask 007; else umask 077; fi
  lk_why=$(mkdir -p "$2" 2>&1) || lk_disk "$1 cannot be made as $lk_me" "$lk_why"
}

# lk_own_directory PATH: below the launch directory. What lies there runs as this member, so it is theirs alone however
# open the directory above is (-m: a default ACL counts for more than the umask); a foreign directory is not used.
lk_own_directory() {
  if ! [ -d "$1" ]; then
    mkdir -m 700 "$1" 2>/dev/null && return
    lk_why=$(mkdir -m 700 "$1" 2>&1) && return
    [ -d "$1" ] || lk_disk "launchDir cannot be made as $lk_me" "$lk_why"
  fi
  # A link is as good as its owner: the member or root.
  if [ -O "$1" ] && { ! [ -L "$1" ] || [ -n "$(find "$1" -prune \( -user "$lk_me" -o -user 0 \))" ]; }; then
    [ -n "$(find -H "$1" -prune \( -perm -020 -o -perm -002 \))" ] || return 0
  fi
  lk_end refused "launchDir: others than $lk_me can write in $1, and what lies there would run as $lk_me. Look at what it holds, then move it away or make it $lk_me's alone (chmod go-w)"
}

# lk_meet DIRECTORY: who this is. What is ours bears our name, so where the member's own directory is there already, one
# look tells the name and that nobody else can write in it (lk_closed).
lk_meet() {
  lk_closed=
  if [ -d "$1" ] && ! [ -L "$1" ] && [ -O "$1" ]; then
    lk_seen=$(stat -c %U:%a "$1" 2>/dev/null)
    case $lk_seen in
    "$lk_user":*[!0-7]*) ;;
    "$lk_user":?*)
      lk_me=$lk_user
      case $lk_seen in *[2367] | *[2367]?) ;; *) lk_closed=$1 ;; esac
      return
      ;;
    esac
  fi
  lk_me=$(id -un)
  [ "$lk_me" = "$lk_user" ] || lk_end refused "The login is $lk_me, but this run belongs to $lk_user"
}

# lk_writable FIELD PATH: by trying, for rights alone know nothing of a quota.
lk_writable() {
  lk_probe=$2/.lk-$lk_id-$$
  lk_why=$( (umask 077 && mkdir "$lk_probe" && rmdir "$lk_probe") 2>&1) ||
    lk_disk "$1 $2 cannot be written as $lk_me" "$lk_why"
}

# lk_enter: from lk_base, lk_work, lk_launch, lk_session as people typed them. Sets lk_work and lk_head, tells them, and is
# in the head directory afterwards.
lk_enter() {
  lk_me=$lk_user
  case $HOME in /*) ;; *) lk_end refused "The account $lk_me has no home directory" ;; esac

  lk_fill workDir "$lk_base" "$HOME/work"
  lk_fill workDir "$lk_work" "$lk_filled"
  lk_work=$lk_filled
  lk_fill launchDir "${lk_launch:-$lk_work}" "$lk_work"
  lk_head=$lk_filled/$lk_user/$lk_session
  lk_meet "$lk_filled/$lk_user"
  lk_note work "$lk_work"
  lk_note head "$lk_head"
  lk_make workDir "$lk_work"
  lk_make launchDir "$lk_filled"
  umask 077
  [ -n "$lk_closed" ] || lk_own_directory "$lk_filled/$lk_user"
  lk_own_directory "$lk_head"
  # Below the work directory the run's own files tell the rest.
  case $lk_head in
  "$lk_work"/*) [ -w "$lk_work" ] && [ -x "$lk_work" ] || lk_writable workDir "$lk_work" ;;
  *) lk_writable workDir "$lk_work" ;;
  esac
  cd "$lk_head" || lk_end unknown "$lk_head cannot be entered"
}
