# What the run $1 left in its head directory $2. The output's end comes last, told by its length.
# Its links are followed: only the member may have placed them.
cd -- "$2" 2>/dev/null && [ -O . ] && [ -z "$(find . -prune \( -perm -020 -o -perm -002 \))" ] || { lk_say gone ''; lk_say end ''; exit 0; }
if [ -f "nf-$1.exit" ]; then lk_say exit "$(head -c 20 "nf-$1.exit")"; fi
if [ -f "nf-$1.message" ]; then
  head -c 4000 "nf-$1.message" | while IFS= read -r lk_line || [ -n "$lk_line" ]; do lk_say message "$lk_line"; done
fi
if [ -s "nf-$1.log" ]; then
  lk_say started 1
  # All that is asked for is in the log's beginning; a long one is not read to its end.
  head -c 262144 "nf-$1.log" | LC_ALL=C grep -m 12 -e ' - Launching `' -e ' - Repository URL: ' -e '^  Version: ' \
    -e ' - N E X T F L O W ' -e ' nextflow\.cli\.Launcher - \$> ' -e ' - Applying config profile: ' -e '^  Script_' | while IFS= read -r lk_line; do lk_say log "$lk_line"; done
  # The log has the commit's first digits; the clone has the rest.
  lk_commit=$(head -c 262144 "nf-$1.log" | LC_ALL=C sed -n 's/^.* - Launching `.* - revision: \([0-9a-f]\{7,40\}\) \[.*$/\1/p' | head -n 1)
  if [ -n "$lk_commit" ]; then
    lk_say commit "$(cat .nf-assets/*/*/*/.git/HEAD .nf-assets/*/*/*/.git/refs/heads/* .nf-assets/*/*/*/.git/packed-refs \
      2>/dev/null | LC_ALL=C grep -o "^^\{0,1\}$lk_commit[0-9a-f]*" | tr -d '^' | head -n 1)"
  fi
fi
lk_size=0
if [ -f "nf-$1.txt" ]; then lk_size=$(stat -L -c %s "nf-$1.txt"); fi
lk_from=$((lk_size > 32768 ? lk_size - 32768 : 0))
lk_say end "$((lk_size - lk_from))"
if [ "$lk_size" -gt 0 ]; then tail -c "+$((lk_from + 1))" "nf-$1.txt" | head -c "$((lk_size - lk_from))"; fi
