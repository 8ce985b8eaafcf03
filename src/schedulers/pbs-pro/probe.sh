# PBS Professional's part of the account check.
lk_scheduler() {
  lk_say scheduler "$(timeout 20 qstat --version 2>&1 </dev/null | grep -i 'version' | head -n 1 | sed 's/^pbs_version *= */PBS /')"
  if timeout 30 qstat -Bf 2>/dev/null </dev/null | grep -q 'job_history_enable *= *True'; then lk_say accounting 1; fi
}
