# All head jobs of runs, as status.sh asks for them: without their variables. The form that worked is kept in f.
if test -z "$f"; then
  o=$({ timeout -k 5 60 qstat -f -F dsv </dev/null; printf "\nlatchkey: asked %s\n" $?; } |
    grep -a -E -e "^Job Id: [^|]*[|]Job_Name=nf-" -e "^latchkey: " | sed -e "s/|Variable_List=\([^\|]\|[\].\)*//");
  case $o in *"latchkey: asked 2") f=text;; esac;
fi;
if test -n "$f"; then
  old "";
  o=$(printf "%s\n" "$o" | grep -a -E "^Job Id: [^|]*[|]Job_Name=nf-"; printf "\nlatchkey: asked %s\n" "$z");
fi;
o=$(printf "%s\nlatchkey: end\n" "$o")
