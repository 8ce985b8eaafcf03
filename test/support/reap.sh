#!/bin/sh
# sh reap.sh DIR: takes down what DIR/ledger lists once our standard input ends, however its writer ended, then
# removes DIR. One reaper holds one ledger; for a ledger that has a living one this does nothing.
dir=$1
cd / && exec 9>>"$dir/.ledger" || exit 1
flock -n 9 || exit 0
[ -e "$dir/ledger" ] || ln "$dir/.ledger" "$dir/ledger"
echo ready
cat >/dev/null

# When a process started; nothing for one that is dead, even if nobody has collected it.
started() { sed -n '/) Z /d; s/.*) //p' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20; }
again() { for _ in 1 2 3 4 5 6 7 8 9 10; do "$@" 2>/dev/null && return; sleep 0.3; done; }

tac "$dir/ledger" | while read -r kind name since signal; do
  case $kind in
    process)
      # The start time tells it from a stranger that has the number by now.
      [ "$(started "$name")" = "$since" ] || continue
      kill -s "$signal" -- "-$name" 2>/dev/null
      for _ in 1 2 3 4 5 6 7 8 9 10; do [ "$(started "$name")" = "$since" ] || break; sleep 0.1; done
      kill -s KILL -- "-$name" 2>/dev/null
      ;;
    user)
      # A test may have removed them itself; trying that again and again took minutes.
      if id -u "$name" >/dev/null 2>&1; then
        pkill -KILL -u "$name" 2>/dev/null
        again userdel -f "$name"
      fi
      rm -rf "/home/${name:?}"
      ;;
    group) ! getent group "$name" >/dev/null || again groupdel -f "$name" ;;
    # At once, even if somebody still works there: the kernel takes it away after them, and its loop device.
    mount) while umount -l "$name" 2>/dev/null; do :; done ;;
  esac
done
# Slurm's step daemons leave the process group of the daemon that started them, and keep its directory.
for process in /proc/[0-9]*; do
  [ "$(readlink "$process/cwd" 2>/dev/null)" = "$dir" ] || continue
  [ "$(cat "$process/comm" 2>/dev/null)" = slurmstepd ] && kill -s KILL "${process#/proc/}" 2>/dev/null
done
rm -rf --one-file-system "$dir"
