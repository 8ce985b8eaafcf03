# What this login is, and what it finds. The scheduler's part stands before this one. Words: WORKDIR, or nothing.
lk_me=$(id -un)
lk_say user "$lk_me"
lk_say uid "$(id -u)"
lk_say groups "$(id -Gn)"
lk_say home "$HOME"

# Can a file be made there? "-w" alone knows nothing of quotas and read-only mounts.
lk_writable() {
  lk_try=$1/.lk-probe-$$
  (umask 077 && mkdir -- "$lk_try" && rmdir -- "$lk_try") 2>/dev/null
}
if lk_writable "$HOME"; then lk_say home-writable 1; fi

if [ -n "$1" ]; then
  lk_fill workDir "$1" "$HOME/work"
  lk_say work "$lk_filled"
  if [ -d "$lk_filled" ]; then
    lk_say work-exists 1
    if lk_writable "$lk_filled"; then lk_say work-writable 1; fi
    if lk_shared "$lk_filled"; then
      lk_gid=$(stat -L -c %g -- "$lk_filled")
      case " $(id -G) " in *" $lk_gid "*) lk_say work-group "$(stat -L -c %G -- "$lk_filled")" ;; esac
      lk_say work-shared 1
    fi
  fi
fi
lk_say nextflow "$(command -v nextflow)"
lk_say java "$(command -v java || { [ -x "${JAVA_HOME-}/bin/java" ] && echo "$JAVA_HOME/bin/java"; })"
for lk_each in "${NXF_PLUGINS_DIR:-${NXF_HOME:-$HOME/.nextflow}/plugins}"/nf-tower-*/; do
  if [ -d "$lk_each" ]; then lk_say nf-tower "${lk_each%/}"; fi
done
lk_scheduler
lk_say end ''
