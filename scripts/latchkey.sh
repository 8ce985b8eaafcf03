#!/bin/sh
# npm run latchkey -- <command>: the command line, in the caller's own directory.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
. "$root/scripts/lib.sh"
ensure_packages production
find_node
exec "$node" "$root/src/cli/main.ts" "$@"
