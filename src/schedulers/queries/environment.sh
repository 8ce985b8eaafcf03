# A member's own start-up files may set these; each would bend a query, silence an answer or wait for ever.
unset BSUB_QUIET BSUB_QUIET2 BSUB_BLOCK LSB_BJOBS_FORMAT LSB_BJOBS_CONSISTENT_EXIT_CODE LSB_BHIST_FORMAT LSB_SUB_ADDITIONAL \
  SGE_LONG_JOB_NAMES SGE_LONG_QNAMES SGE_SINGLE_LINE MOABPARTITION
export LSB_NTRIES=1
# lk_ask PROGRAM WORD…: what it prints, and how it ended in a line of its own.
lk_ask() {
  timeout -k 5 60 "$@" </dev/null
  printf '\nlatchkey: asked %s\nlatchkey: end\n' $?
  exit 0
}
