# Shared by the scripts beside it. Plain POSIX sh: it runs before a Node that can run TypeScript is there.
# Source it after setting `root` to the checkout's absolute path.

say() { printf 'latchkey: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# PATH without this checkout's own programs: npm must run on the Node it came with while it replaces them.
plain_path() { printf '%s' "$PATH" | sed "s#$root/node_modules/\.bin:##g"; }

# run_npm [PATH-PREFIX:] WORD…
run_npm() (
  cd "$root"
  case $1 in *:) PATH=$1$(plain_path) && shift ;; *) PATH=$(plain_path) ;; esac
  NODE_OPTIONS=--no-deprecation npm "$@" --ignore-scripts --no-fund --no-audit --no-update-notifier \
    --loglevel=error >/dev/null || die "npm $1 failed; its message is above"
)

# ensure_packages all|production: brings node_modules in line with the lock file, and costs nothing when it is.
# No install script ever runs. Not `npm ci`: from version 11 it refuses a lock file that has no entries for the
# packages of foreign platforms, which it does not install. `test/rules` sees to it that the lock file is current.
ensure_packages() {
  for have in all "$1"; do
    cmp -s "$root/package-lock.json" "$root/node_modules/.latchkey-$have" && return 0
  done
  command -v npm >/dev/null || die "npm is missing. Install it first: apt-get install npm"
  say "installing packages ($1; only when the lock file has changed)"
  omit=--include=dev
  [ "$1" = all ] || omit=--omit=dev
  run_npm install --no-save $omit || exit 1
  # npm leaves out what does not fit the Node it runs on, in silence where that is optional: on an old one the
  # compiler's and the bundler's binaries. So it looks once more, on the Node that has just come.
  fresh=
  for each in "$root"/node_modules/node-*/bin; do [ ! -x "$each/node" ] || fresh=$each:; done
  [ -z "$fresh" ] || run_npm "$fresh" install --no-save $omit || exit 1
  # Links the programs of optional packages, which npm 9 leaves out.
  run_npm $fresh rebuild || exit 1
  rm -f "$root"/node_modules/.latchkey-*
  cp "$root/package-lock.json" "$root/node_modules/.latchkey-$1"
}

# Sets `node` to a Node that can run TypeScript: the packaged one, else the machine's own. What it compiles is kept: with
# the first file among it, the part of Node that strips types is not loaded, 20 MB.
find_node() {
  export NODE_COMPILE_CACHE="${NODE_COMPILE_CACHE:-$root/node_modules/.cache/latchkey}"
  for node in "$root/node_modules/.bin/node" "$(PATH=$(plain_path) command -v node || :)"; do
    [ -x "$node" ] || continue
    case $("$node" --version 2>/dev/null) in v2[4-9].* | v[3-9][0-9].*) return 0 ;; esac
  done
  die "no Node 24 or newer: none is packaged for $(uname -sm), so install one on the PATH"
}

can_install() { [ "$(id -u)" = 0 ] && [ -e /etc/debian_version ] && command -v apt-get >/dev/null; }

missing_packages() {
  for package in "$@"; do
    case $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) in
      installed) ;;
      *) printf '%s ' "$package" ;;
    esac
  done
}

# apt_install PACKAGE…: installs what is missing and starts no service that comes with it.
apt_install() {
  missing=$(missing_packages "$@")
  [ -n "$missing" ] || return 0
  say "installing Debian packages: $missing"
  policy=/usr/sbin/policy-rc.d
  if [ -e "$policy" ]; then policy=; else
    printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod 755 "$policy"
  fi
  log=$(mktemp)
  result=0
  {
    apt-get -qq update &&
      DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends -o DPkg::Lock::Timeout=300 install $missing
  } >"$log" 2>&1 </dev/null || result=$?
  [ -z "$policy" ] || rm -f "$policy"
  [ "$result" = 0 ] || tail -n 30 "$log" >&2
  rm -f "$log"
  return "$result"
}

# OpenSSH's client carries every connection to a cluster.
ensure_ssh() {
  command -v ssh >/dev/null && return 0
  if can_install; then apt_install openssh-client && return 0; fi
  die "OpenSSH's client is missing. Install it, then start again: apt-get install openssh-client"
}

# What the real cluster of the tests and of the demo is made of.
cluster_packages='openssh-client openssh-server slurm-wlm slurmdbd munge mariadb-server postgresql
gridengine-master gridengine-exec gridengine-client openjdk-17-jre-headless maven git btrfs-progs tcsh fish ksh mksh zsh putty-tools acl perl procps util-linux faketime chromium'

# ensure_cluster: says why and returns 1 where a real cluster cannot be had.
ensure_cluster() {
  if ! can_install; then
    say "a real cluster needs root on Debian (here: $(id -un) on $(uname -s))"
    return 1
  fi
  apt_install $cluster_packages || { say "apt-get could not install the cluster's packages"; return 1; }
  NEXTFLOW_JARS=$(sh "$root/scripts/nextflow-jars.sh") || return 1
  export NEXTFLOW_JARS
}
