#!/bin/sh
# npm run check: types, lint with the room rules, format, dead code, READMEs. Runs all of them, then tells.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
. "$root/scripts/lib.sh"
cd "$root"
ensure_packages all
find_node
PATH=$root/node_modules/.bin:$(dirname -- "$node"):$PATH
export PATH

room_readmes() {
  bad=0
  for room in src/*/ test/; do
    readme=${room}README.md
    if [ ! -f "$readme" ]; then echo "$readme is missing"; bad=1; continue; fi
    lines=$(wc -l <"$readme")
    [ "$lines" -le 60 ] || { echo "$readme has $lines lines; 60 are allowed"; bad=1; }
  done
  return $bad
}

failed=0
check() {
  name=$1
  shift
  if "$@"; then echo "check: $name ok"; else echo "check: $name FAILED"; failed=$((failed + 1)); fi
}
check types tsc -p .
check lint oxlint --type-aware --deny-warnings
check format biome ci --colors=off --error-on-warnings
check 'dead code' knip --no-progress
check READMEs room_readmes
[ "$failed" = 0 ]
