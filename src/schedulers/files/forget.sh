# Removes what is left of the secrets of the run $1 in its head directory $2, whoever else removed it before.
if cd -- "$2" 2>/dev/null && [ -O . ]; then
  lk_why=$(rm -rf "./.nf-$1.secrets" "./.nf-$1.env" 2>&1)
  if [ -e "./.nf-$1.secrets" ] || [ -e "./.nf-$1.env" ]; then lk_say left "$2: $lk_why"; fi
fi
lk_say end ''
