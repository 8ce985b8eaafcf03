# All head jobs of runs, as pbs-status.sh asks for them: without their variables.
o=$({ timeout -k 5 60 qstat -f -F dsv </dev/null; printf "\nlatchkey: asked %s\nlatchkey: end\n" $?; } |
  grep -a -E -e "^Job Id: [^|]*[|]Job_Name=nf-" -e "^latchkey: " | sed -e "s/|Variable_List=\([^\|]\|[\].\)*//")
