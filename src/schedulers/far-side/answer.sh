# How every far-side script answers: lines "latchkey: KEY VALUE" and a last one "latchkey: end", so that whatever a
# start-up file or a site's wrapper prints in between cannot be taken for an answer, and half an answer is noticed.

lk_notes=
# lk_note KEY VALUE: told with the next thing that is said. At most 1500 bytes, no control characters; a plain value
# costs no process.
lk_note() {
  if [ "${#2}" -gt 1500 ] || case $2 in *[!A-Za-z0-9' /._:;,~%+@=-']*) ;; *) false ;; esac; then
    set -- "$1" "$(printf '%s' "$2" | LC_ALL=C tr '\001-\037\177' ' ' | LC_ALL=C cut -b 1-1500)"
  fi
  lk_notes="${lk_notes}latchkey: $1 $2
"
}

lk_say() { # KEY VALUE
  lk_note "$1" "$2"
  printf '%s' "$lk_notes"
  lk_notes=
}

lk_end() { # OUTCOME REASON
  lk_note reason "$2"
  lk_note outcome "$1"
  lk_say end ''
  exit 0
}
