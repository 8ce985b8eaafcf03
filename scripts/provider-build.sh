#!/bin/sh
# npm run provider:build -- --out DIR [--with-node]: makes the Terraform provider, see provider-build.ts.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
. "$root/scripts/lib.sh"
ensure_packages all
find_node
exec "$node" "$root/scripts/provider-build.ts" "$@"
