# Slurm's part of the account check.
lk_scheduler() {
  lk_say scheduler "$(timeout 20 sinfo --version 2>/dev/null </dev/null | grep -i '^slurm' | head -n 1)"
  case $(timeout 20 scontrol show config 2>/dev/null </dev/null | grep '^AccountingStorageType') in
  *slurmdbd*) command -v sacct >/dev/null && lk_say accounting 1 ;;
  esac
}
