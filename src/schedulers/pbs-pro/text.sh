# For servers that are older than "-F dsv": what their qstat prints as text, turned into such lines, one for each job.
# Text can be forged, for a line break in a job's variable is printed as one. So a job counts only if qselect, or whoever
# asks for it, names it; and one that is told of twice is asked for alone, where what is printed first is its own.
# Part of the status reader's line too: see queries/reader.sh for how it has to be written.

# rows FIRST: from numbers, a line "--" and text, a line for each of these jobs, or "twice NUMBER". What stands below a
# number that is none of theirs belongs to the job above it; FIRST: all of it does. Of what comes before a job's variables
# the first counts, of what comes after them the last.
rows() {
  tr "|\134" "//" | awk -v first="$1" -v bar="|" -v is=" = " -v eq="=" -v end="--" -v twice="twice " "
    function field() {
      if (key ~ /^(comment|[Ee]xit_status)\$/) said[key] = bar key eq value;
      else if (key ~ /^(Job_Name|Job_Owner|job_state|queue|substate)\$/ && ++has[id, key] == 1) line = line bar key eq value;
      key = none;
    }
    function keep() {
      field();
      for (key in said) line = line said[key];
      if (id && ++seen[id] == 1) { order[++count] = id; row[id] = line; }
      split(none, said);
      key = none;
    }
    listed == 0 { if (\$0 == end) listed = 1; else known[\$0] = 1; next; }
    /^Job Id: / { field(); if ((substr(\$0, 9) in known) && (first == 0 || count + length(id) == 0)) { keep(); id = substr(\$0, 9); line = \$0; } next; }
    /^    [A-Za-z_.]+ = / { field(); at = index(\$0, is); key = substr(\$0, 5, at - 5); value = substr(\$0, at + 3); next; }
    /^\t/ { value = value substr(\$0, 2); next; }
    { field(); }
    END { keep(); for (at = 1; at <= count; at++) { id = order[at]; print (seen[id] == 1) ? row[id] : twice id; } }
  ";
};
# old NUMBERS WORD...: asks qstat -f, for these numbers or for all. Leaves the lines in o, the exit status in z.
old() {
  k=$1;
  shift;
  t=$(timeout -k 5 60 qstat -f "$@" $k </dev/null);
  z=$?;
  if test -z "$k"; then
    k=$(timeout -k 5 60 qselect </dev/null) || z=$?;
  fi;
  o=$(printf "%s\n--\n%s\n" "$k" "$t" | rows 0);
  for i in $(printf "%s\n" "$o" | sed -n "s/^twice //p" | head -n 20); do
    t=$(timeout -k 5 20 qstat -f "$@" "$i" </dev/null);
    o=$(printf "%s\n" "$o" | grep -Fvx "twice $i"; printf "%s\n--\n%s\n" "$i" "$t" | rows 1);
  done;
  if printf "%s\n" "$o" | grep -q "^twice "; then z=1; echo "Too many jobs are told of twice" >&2; fi;
};
