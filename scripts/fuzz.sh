#!/bin/sh
# npm run fuzz [-- --minutes N]: requests made from the routes' own schemas, for N minutes (10), on both databases.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
minutes=10
while [ $# -gt 0 ]; do
  case $1 in
    --minutes) minutes=${2:?"--minutes: say how many"}; shift 2 ;;
    *) echo "npm run fuzz [-- --minutes N]" >&2; exit 2 ;;
  esac
done
LATCHKEY_TEST_FUZZ_MINUTES=$minutes exec sh "$root/scripts/test.sh" src/api/fuzz
