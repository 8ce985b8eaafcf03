# Moab's part of the account check.
lk_scheduler() {
  lk_say scheduler "$(timeout 20 showq --version 2>&1 </dev/null | grep -i 'moab' | head -n 1)"
  lk_say accounting 1
}
