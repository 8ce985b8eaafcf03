# One piece of a dataset comes on standard input; with the last one the file is put together, checked and appears whole.
# Its name is the same for all runs of a session and its content never changes: a resume finds what it knows, untouched.
lk_whole() { # FILE
  [ -f "$1" ] && [ "$(sha256sum <"$1" 2>/dev/null)" = "$lk_sum  -" ]
}
lk_dataset() { # RUN USER BASE-WORKDIR WORKDIR LAUNCHDIR SESSION PATH SHA256 PART LAST
  lk_id=$1 lk_user=$2 lk_base=$3 lk_work=$4 lk_launch=$5 lk_session=$6 lk_path=$7 lk_sum=$8
  shift 8
  lk_begun=
  lk_enter
  lk_note placed 1
  if lk_whole "$lk_path"; then cat >/dev/null; lk_end placed ''; fi
  lk_why=$(mkdir -p "${lk_path%/*}" 2>&1) || lk_disk "Making ${lk_path%/*} in $lk_head as $lk_me" "$lk_why"
  lk_part=$lk_path.$lk_id.
  lk_why=$( (cat >"$lk_part$1") 2>&1) || { rm -f "$lk_part$1"; lk_disk "Writing $lk_path in $lk_head as $lk_me" "$lk_why"; }
  [ "$1" = "$2" ] || lk_end more ''
  lk_each=0
  while [ "$lk_each" -le "$2" ]; do cat "$lk_part$lk_each" || break; lk_each=$((lk_each + 1)); done >"${lk_part}whole" 2>/dev/null
  lk_each=0
  while [ "$lk_each" -le "$2" ]; do rm -f "$lk_part$lk_each"; lk_each=$((lk_each + 1)); done
  lk_whole "${lk_part}whole" || { rm -f "${lk_part}whole"; lk_end unknown "$lk_path did not arrive whole in $lk_head (is the disk full?)"; }
  lk_why=$(mv -f "${lk_part}whole" "$lk_path" 2>&1) || lk_disk "Placing $lk_path in $lk_head as $lk_me" "$lk_why"
  lk_end placed ''
}
