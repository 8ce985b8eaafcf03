#!/bin/sh
# npm run bench: the figures of the READMEs, measured on a real cluster on this machine.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
. "$root/scripts/lib.sh"
ensure_packages all
ensure_cluster || die "the bench measures a real cluster, which cannot be brought up here"
find_node
exec "$node" "$root/test/bench/run.ts" "$@"
