# Jobs of the users $1, and why Grid Engine gave up on those of them that are runs.
lk_xml=$(timeout -k 5 60 qstat -xml -u "$1" </dev/null)
lk_status=$?
printf '%s\n' "$lk_xml"
printf '%s\n' "$lk_xml" | sed -n -e 's:.*<JB_job_number>\([0-9]*\)</JB_job_number>.*:\1:p' \
  -e 's:.*<JB_name>nf-[A-Za-z0-9]*</JB_name>.*:name:p' -e 's:.*<state>.*E.*</state>.*:broken:p' -e 's:.*</job_list>.*:end:p' |
  awk '/^[0-9]/ { id = $0; n = b = 0 } /name/ { n = 1 } /broken/ { b = 1 } /end/ { if (n && b) print id }' | head -n 5 |
  while read -r lk_id; do
    printf 'latchkey: reason-%s %s\n' "$lk_id" "$(timeout 20 qstat -j "$lk_id" </dev/null 2>/dev/null | sed -n 's/^error reason[^:]*: *//p' | head -n 1)"
  done
printf 'latchkey: asked %s\nlatchkey: end\n' "$lk_status"
exit 0
