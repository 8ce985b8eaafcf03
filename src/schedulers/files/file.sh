# Bytes of a run's file. Words: PATH OFFSET LENGTH (or "all") ROOT… Standard output: the bytes and nothing else; standard
# error: "latchkey: file SIZE MTIME", or why there is none. What was opened is what is checked, so that a link which
# somebody swaps meanwhile leads nowhere.
lk_path=$1 lk_offset=$2 lk_length=$3
shift 3
lk_no() { printf 'latchkey: %s\n' "$1" >&2; exit "$2"; }
[ -e "$lk_path" ] || lk_no missing 44
[ -f "$lk_path" ] || lk_no refused 43
[ -r "$lk_path" ] || lk_no unreadable 45
exec 3<"$lk_path"
lk_real=$(readlink "/proc/$$/fd/3") || lk_no refused 43
for lk_root in "$@"; do
  lk_root=$(readlink -f -- "$lk_root") || continue
  case $lk_real in
  "${lk_root%/}"/*)
    printf 'latchkey: file %s\n' "$(stat -L -c '%s %Y' "/proc/$$/fd/3")" >&2
    case $lk_length in
    all) exec cat <&3 ;;
    0) exit 0 ;;
    esac
    tail -c "+$((lk_offset + 1))" <&3 | head -c "$lk_length"
    exit 0
    ;;
  esac
done
lk_no refused 43
