# A pipeline's directory or Git repository: commit, branches, tags, and some of its files, each as base64.
# Words: KIND PATH REVISION FILE… (paths within the repository). Reads alone: nothing that a repository configures is run.
# What was opened is what is checked: no link leads out of the directory, and no repository above it is asked.
lk_kind=$1 lk_path=$2 lk_revision=$3
shift 3
if [ -f "$lk_path" ]; then lk_path=$(dirname -- "$lk_path"); fi
if [ ! -d "$lk_path" ]; then lk_say outcome missing; lk_say end ''; exit 0; fi
lk_limit=1048576
lk_above=$(dirname -- "$lk_path")
lk_git() {
  GIT_CEILING_DIRECTORIES=$lk_above GIT_CONFIG_NOSYSTEM=1 GIT_ALLOW_PROTOCOL=none GIT_TERMINAL_PROMPT=0 GIT_OPTIONAL_LOCKS=0 GIT_NO_LAZY_FETCH=1 \
    git -c "safe.directory=*" -c core.fsmonitor=false -c core.hooksPath=/dev/null -C "$lk_path" "$@" 2>/dev/null
}
lk_file() { printf 'latchkey: file %s %s\n' "$1" "$(lk_content)"; }
lk_content() { head -c "$lk_limit" | base64 | tr -d '\n'; }
lk_top=$(lk_git rev-parse --git-dir) || lk_top=
# A path to a pipeline's files is run as they lie there; a file: address is cloned.
if [ -n "$lk_top" ] && { [ "$lk_kind" = clone ] || [ ! -f "$lk_path/main.nf" ]; }; then
  lk_commit=$(lk_git rev-parse --verify --quiet "${lk_revision:-HEAD}^{commit}") || lk_commit=
  if [ -z "$lk_commit" ]; then lk_say outcome revision; lk_say end ''; exit 0; fi
  lk_say commit "$lk_commit"
  lk_say default "$(lk_git symbolic-ref --short --quiet HEAD)"
  lk_git for-each-ref --count=2000 --format='%(refname:short)' refs/heads refs/tags | while IFS= read -r lk_name; do
    lk_say revision "$lk_name"
  done
  for lk_file in "$@"; do
    if lk_git cat-file -e "$lk_commit:$lk_file"; then
      lk_git cat-file blob "$lk_commit:$lk_file" | lk_file "$lk_file"
    fi
  done
else
  lk_root=$(readlink -f -- "$lk_path") || lk_root=
  for lk_file in "$@"; do
    if [ -z "$lk_root" ] || [ ! -f "$lk_path/$lk_file" ] || [ ! -r "$lk_path/$lk_file" ]; then continue; fi
    exec 3<"$lk_path/$lk_file"
    lk_real=$(readlink "/proc/$$/fd/3") || lk_real=
    case $lk_real in
    "${lk_root%/}"/*) lk_file "$lk_file" <&3 ;;
    esac
    exec 3<&-
  done
fi
lk_say outcome read
lk_say end ''
