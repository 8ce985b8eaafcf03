#!/bin/sh
# Shows that the two commands work on a fresh machine: a Debian 12 that has npm and git and nothing else, with this
# repository cloned into it (what is committed, not what lies around).
#   sh scripts/try-on-fresh-machine.sh [COMMAND…]     default: npm start, stopped once it answers; then npm test
# This host's package sources, certificates and npm settings come along. The machine is kept for the next try in
# LATCHKEY_FRESH (default /var/tmp/latchkey-fresh), its clone is always new. Root on Debian only.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
. "$root/scripts/lib.sh"
can_install || die "this makes a machine inside this one: it needs root on Debian"
apt_install debootstrap util-linux ca-certificates
base=${LATCHKEY_FRESH:-/var/tmp/latchkey-fresh}
machine=$base.run

copy() { # copy PATH…: from this host to the same place in the base, links followed
  for path in "$@"; do
    [ -e "$path" ] || continue
    mkdir -p "$base${path%/*}"
    cp -rL --remove-destination "$path" "$base${path%/*}/"
  done
}
if [ ! -e "$base/.complete" ]; then
  rm -rf --one-file-system "$base"
  say "making a Debian 12 in $base"
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Suite: bookworm' | head -n 1)
  debootstrap --variant=minbase --include=ca-certificates bookworm "$base" "$mirror" >"$base.log" ||
    { tail -n 20 "$base.log" >&2; die "debootstrap failed"; }
  rm -f "$base/etc/apt/sources.list"
  copy /etc/apt/sources.list /etc/apt/sources.list.d /etc/apt/apt.conf.d /usr/share/keyrings /etc/ssl/certs \
    /usr/local/share/ca-certificates /etc/npmrc "$HOME/.npmrc" "$HOME/.m2/settings.xml"
  # What Debian's npm reads beside the user's file.
  [ ! -e "$HOME/.npmrc" ] || cp "$HOME/.npmrc" "$base/root/.npmrc"
  for setting in registry cafile; do
    value=$(npm config get "$setting" 2>/dev/null)
    [ "$value" = null ] || printf '%s=%s\n' "$setting" "$value" >>"$base/root/.npmrc"
  done
  cp /etc/resolv.conf "$base/etc/resolv.conf"
  chroot "$base" sh -c 'apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq -y install --no-install-recommends npm git' \
    >"$base.log" 2>&1 || { tail -n 20 "$base.log" >&2; die "npm and git could not be installed"; }
  # The new packages brought certificates of their own; this host's are the ones that reach its registries.
  copy /etc/ssl/certs
  touch "$base/.complete"
fi

# Every try gets a copy, so that the base stays fresh.
rm -rf --one-file-system "$machine"
trap 'rm -rf --one-file-system "$machine"' EXIT
trap 'exit 130' INT TERM
cp -a "$base" "$machine"
cp /etc/hosts /etc/resolv.conf "$machine/etc/"
git clone -q --no-hardlinks "$root" "$machine/root/latchkey"

# Own process numbers: users in there have the numbers of users out here, and a test ends its users' processes.
# With the first process everything ends that was started in there, and its mounts go.
inside() {
  unshare --mount --pid --fork --kill-child sh -c '
    machine=$1
    shift
    mount -t proc proc "$machine/proc"
    mount -t sysfs -o ro sysfs "$machine/sys"
    mount --rbind /dev "$machine/dev"
    mount -t tmpfs -o mode=1777 tmpfs "$machine/dev/shm"
    chroot "$machine" /usr/bin/env -i HOME=/root USER=root TERM=dumb LANG=C.UTF-8 CI="${CI:-}" \
      NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt \
      PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
      sh -c "cd /root/latchkey && \"\$@\"" sh "$@"
  ' sh "$machine" "$@"
}
say "inside: node $(inside node --version), npm $(inside npm --version)"
if [ $# -gt 0 ]; then
  inside "$@"
  exit
fi

! perl -MIO::Socket::INET -e 'exit !IO::Socket::INET->new("127.0.0.1:8080")' || die "something answers on 127.0.0.1:8080 already"
say 'npm start'
inside npm start >"$base.log" 2>&1 &
server=$!
for _ in $(seq 300); do
  kill -0 "$server" 2>/dev/null || break
  if perl -MIO::Socket::INET -e 'exit !IO::Socket::INET->new("127.0.0.1:8080")'; then up=yes; break; fi
  sleep 1
done
cat "$base.log"
[ "${up:-}" = yes ] || die "npm start does not come up"
say "npm start answers on 127.0.0.1:8080"
kill "$server"
say 'npm test'
inside npm test
