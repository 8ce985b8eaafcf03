# LSF's part of the account check.
lk_scheduler() {
  lk_say scheduler "$(timeout 20 lsid 2>/dev/null </dev/null | head -n 1)"
  if command -v bhist >/dev/null; then lk_say accounting 1; fi
}
