#!/bin/sh
# npm run demo: a throw-away cluster with two members, and the main road walked on it.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
. "$root/scripts/lib.sh"
can_install || die "the demo makes Linux users and a small cluster of its own: run it as root on Debian, for example in a container"
ensure_packages all
ensure_cluster || die "the demo's cluster cannot be brought up here"
find_node
exec "$node" "$root/scripts/demo.ts" "$@"
