#!/bin/sh
# npm run breaks [-- WORD…]: breaks the code on purpose, promise by promise, and asks whether its test notices.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
. "$root/scripts/lib.sh"
ensure_packages all
ensure_cluster || die "many of these tests need a real cluster, which cannot be brought up here"
find_node
PATH=$(dirname -- "$node"):$PATH exec "$node" "$root/test/breaks/run.ts" "$@"
