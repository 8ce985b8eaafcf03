#!/bin/sh
# npm start: brings what is missing, then becomes the server.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
. "$root/scripts/lib.sh"
ensure_packages production
ensure_ssh
find_node
exec "$node" "$root/src/server/main.ts" "$@"
