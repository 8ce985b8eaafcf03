# Grid Engine's part of the account check.
lk_scheduler() {
  lk_say scheduler "$(timeout 20 qstat -help 2>/dev/null </dev/null | head -n 1 | grep -i -e '^[A-Z]*GE ')"
  if [ -r "$SGE_ROOT/${SGE_CELL:-default}/common/accounting" ] || [ -n "$SGE_ROOT" ] && command -v qacct >/dev/null; then lk_say accounting 1; fi
}
