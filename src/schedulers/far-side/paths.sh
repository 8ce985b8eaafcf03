# Paths as people type them, and what is on them. Needs lk_me, the Linux user.

# lk_fill FIELD TEXT WORKDIR: fills in the few names that a path may hold; everything else is taken as it stands.
lk_fill() {
  lk_rest=$2 lk_filled=
  case $lk_rest in '~' | '~/'*) lk_filled=$HOME lk_rest=${lk_rest#'~'} ;; esac
  while :; do
    case $lk_rest in *'$'*) ;; *) break ;; esac
    lk_filled=$lk_filled${lk_rest%%'$'*} lk_rest=${lk_rest#*'$'}
    case $lk_rest in
    '{'*'}'*) lk_name=${lk_rest%%'}'*} lk_name=${lk_name#'{'} lk_rest=${lk_rest#*'}'} ;;
    *) lk_name=${lk_rest%%[!A-Za-z0-9_]*} lk_rest=${lk_rest#"$lk_name"} ;;
    esac
    case $lk_name in
    HOME) lk_filled=$lk_filled$HOME ;;
    USER | TW_AGENT_USER) lk_filled=$lk_filled$lk_me ;;
    TW_AGENT_WORKDIR) lk_filled=$lk_filled$3 ;;
    *) lk_end refused "$1: \$$lk_name in \"$2\" is not filled in; use ~, \$HOME, \$USER, \$TW_AGENT_WORKDIR or \$TW_AGENT_USER" ;;
    esac
  done
  lk_filled=$lk_filled$lk_rest
  while :; do case $lk_filled in ?*/) lk_filled=${lk_filled%/} ;; *) break ;; esac; done
  case $lk_filled in
  *'
'*) lk_end refused "$1: a path cannot hold a line break" ;;
  /*) ;;
  *) lk_end refused "$1: \"$lk_filled\" is not an absolute path" ;;
  esac
}

# lk_replace TEXT OLD NEW: sets lk_replaced.
lk_replace() {
  lk_rest=$1 lk_replaced=
  while :; do
    case $lk_rest in *"$2"*) ;; *) break ;; esac
    lk_replaced=$lk_replaced${lk_rest%%"$2"*}$3 lk_rest=${lk_rest#*"$2"}
  done
  lk_replaced=$lk_replaced$lk_rest
}

# A directory that a Linux group shares is setgid and group-writable. The first test costs no process.
lk_shared() { [ -g "$1" ] && [ -n "$(find -H "$1" -prune -perm -2020 2>/dev/null)" ]; }
