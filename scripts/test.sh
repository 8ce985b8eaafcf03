#!/bin/sh
# npm test [-- FILTER…]: every test with all its set-up. The last line is `N passed, N failed` and nothing else.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
. "$root/scripts/lib.sh"
cd "$root"
report=$(mktemp -d)
trap 'rm -rf "$report"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Whatever ends the set-up early still ends with the plain line.
if (ensure_packages all && find_node); then find_node; else
  echo '0 passed, 1 failed'
  exit 1
fi
vitest() { PATH=$(dirname -- "$node"):$PATH "$node" node_modules/vitest/vitest.mjs --configLoader=native "$@"; }

projects=
if ! ensure_cluster; then
  say 'SKIPPED: every test that needs a real sshd, scheduler or database server'
  vitest list --project real --project e2e --json="$report/skipped.json" "$@" >/dev/null || :
  projects='--project=unit'
fi
status=0
vitest run $projects --reporter=default --reporter=json --outputFile.json="$report/run.json" "$@" || status=$?
"$node" scripts/test-summary.ts "$report" "$status"
