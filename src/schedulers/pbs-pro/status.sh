# All jobs in one connection, in the one form that nobody's job can forge or break; only those of runs ($1: how their
# names begin) come back, without their variables. $2: "text" where qstat is known to be too old for it; its status 2 says so.
lk_rows=
if [ "$2" != text ]; then
  lk_rows=$({ timeout -k 5 60 qstat -f -F dsv </dev/null 2>&3; printf '\nlatchkey: asked %s\n' $?; } 3>&2 |
    grep -a -E -e "^Job Id: [^|]*\|Job_Name=($1)" -e '^latchkey: ' | sed -e 's/|Variable_List=\([^\|]\|\\.\)*//')
fi
case $lk_rows in
'' | *'latchkey: asked 2')
  old ''
  lk_rows=$(printf '%s\n' "$o" | grep -a -E "^Job Id: [^|]*\|Job_Name=($1)"; printf '\nlatchkey: asked %s\nlatchkey: form text\n' "$z")
  ;;
esac
printf '%s\nlatchkey: end\n' "$lk_rows"
exit 0
