#!/bin/sh
# npm test [-- FILTER…]: every test with all its set-up. The last line is `N passed, N failed` and nothing else.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
. "$root/scripts/lib.sh"
cd "$root"
report=$(mktemp -d)
ram=
trap 'rm -rf "$report"; [ -z "$ram" ] || { umount -l "$ram"; rmdir "$ram"; }' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Whatever ends the set-up early still ends with the plain line.
if (ensure_packages all && find_node); then find_node; else
  echo '0 passed, 1 failed'
  exit 1
fi
vitest() { PATH=$(dirname -- "$node"):$PATH "$node" node_modules/vitest/vitest.mjs --configLoader=native "$@"; }

# What tests make lies on a RAM disk where there is room for one: thousands of files come and go, which costs a disk's
# file system an eighth of the processor time of all tests, and databases wait for each write. They fill less than 1 GB.
least_memory_mb=6000
ram_disk() {
  [ "$(id -u)" = 0 ] && [ "$(awk '/^MemAvailable/ { print int($2 / 1024) }' /proc/meminfo)" -ge "$least_memory_mb" ] || return 0
  place=$(mktemp -d /tmp/lk.XXXXXX)
  if mount -t tmpfs -o size=50%,mode=1777 latchkey-test "$place" 2>/dev/null; then
    ram=$place
    export TMPDIR=$ram
  else rmdir "$place"; fi
}
[ "$(uname -s)" != Linux ] || ram_disk

projects=
if ! ensure_cluster; then
  say 'SKIPPED: every test that needs a real sshd, scheduler or database server'
  vitest list --project real --project e2e --json="$report/skipped.json" "$@" >/dev/null || :
  projects='--project=unit'
fi
status=0
vitest run $projects --reporter=default --reporter=json --outputFile.json="$report/run.json" "$@" || status=$?
"$node" scripts/test-summary.ts "$report" "$status" "$@"
