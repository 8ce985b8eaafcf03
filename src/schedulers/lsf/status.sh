# Jobs of the user $1 (or "all") that are not over: as JSON, or, of an LSF that has none, as the wide table. $2: "wide"
# where it is known to have none.
lk_out=usage: lk_form=
if [ "$2" != wide ]; then
  lk_out=$(timeout -k 5 60 bjobs -u "$1" -o 'jobid user stat queue job_name' -json </dev/null 2>&1)
  lk_status=$?
fi
case $lk_out in
usage: | *'sage: bjobs'* | *'llegal option'* | *'nvalid option'* | *'alid field'*)
  lk_out=$(timeout -k 5 60 bjobs -w -u "$1" </dev/null 2>&1)
  lk_status=$?
  lk_form=wide
  ;;
esac
printf '%s\nlatchkey: asked %s\nlatchkey: form %s\nlatchkey: end\n' "$lk_out" "$lk_status" "$lk_form"
exit 0
