# Jobs of the users $1 in the format $2, none but those of runs; what squeue ended with comes last.
{ LC_ALL=C squeue -h -t all -u "$1" -o "$2"; printf 'latchkey: squeue %s\nlatchkey: end\n' $?; } |
  LC_ALL=C grep -e '|nf-' -e '^latchkey: '
exit 0
