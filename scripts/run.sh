#!/bin/sh
# sh scripts/run.sh SCRIPT [WORD…]: one of the scripts in TypeScript, with all packages and on a Node that can run it.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
. "$root/scripts/lib.sh"
ensure_packages all
find_node
script=$1
shift
exec "$node" "$root/$script" "$@"
