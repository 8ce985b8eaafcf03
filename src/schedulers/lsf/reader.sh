# Jobs that are not over, of one user or of everybody, as status.sh asks for them; the form that worked is kept in f.
unset LSB_BJOBS_FORMAT BSUB_QUIET;
export LSB_NTRIES=1;
case $u in *,*) u=all;; esac;
o=usage:;
if test -z "$f"; then
  o=$(timeout -k 5 60 bjobs -u "$u" -o "jobid user stat queue job_name" -json </dev/null 2>&1);
  z=$?;
fi;
case $o in usage: | *"sage: bjobs"* | *"llegal option"* | *"nvalid option"* | *"alid field"*)
  o=$(timeout -k 5 60 bjobs -w -u "$u" </dev/null 2>&1);
  z=$?;
  f=wide;;
esac;
o=$(printf "%s\n" "$o" "latchkey: asked $z" "latchkey: end")
