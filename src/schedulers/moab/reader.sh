# Everybody's jobs that are not over, in one question.
unset MOABPARTITION;
o=$(timeout -k 5 60 showq --xml </dev/null);
z=$?;
o=$(printf "%s\n" "$o" "latchkey: asked $z" "latchkey: end")
