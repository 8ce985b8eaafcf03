# Jobs of the users $u; why one of them is stuck is asked by its member.
unset SGE_LONG_JOB_NAMES SGE_LONG_QNAMES SGE_SINGLE_LINE;
o=$(timeout -k 5 60 qstat -xml -u "$u" </dev/null);
z=$?;
o=$(printf "%s\n" "$o" "latchkey: asked $z" "latchkey: end")
