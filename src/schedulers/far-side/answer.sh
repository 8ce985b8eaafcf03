# How every far-side script answers: lines "latchkey: KEY VALUE" and a last one "latchkey: end", so that whatever a
# start-up file or a site's wrapper prints in between cannot be taken for an answer, and half an answer is noticed.

lk_say() { # KEY VALUE: at most 1500 bytes, no control characters; a plain value costs no process
  if [ "${#2}" -gt 1500 ] || case $2 in *[!A-Za-z0-9' /._:;,~%+@=-']*) ;; *) false ;; esac; then
    set -- "$1" "$(printf '%s' "$2" | LC_ALL=C tr '\001-\037\177' ' ' | LC_ALL=C cut -b 1-1500)"
  fi
  printf 'latchkey: %s %s\n' "$1" "$2"
}

lk_end() { # OUTCOME REASON
  lk_say reason "$2"
  lk_say outcome "$1"
  lk_say end ''
  exit 0
}
