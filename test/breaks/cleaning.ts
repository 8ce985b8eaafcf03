/** What a session has left on a cluster is removed by a script that runs there, among what others put in its way. */
import type { Break } from './break.ts';

const clean = {
  file: 'src/schedulers/files/clean.sh',
  test: 'src/schedulers/files/clean.real.test.ts',
};
const refused = { ...clean, named: 'what others could have put there' };

const cleaning: readonly Break[] = [
  {
    ...clean,
    keeps: 'what Nextflow has staged for a session goes with it',
    from: '|| ! [ -O "stage-$lk_session" ] || lk_delete "stage-$lk_session" -xdev\n',
    to: '|| :\n',
    named: 'remove: tasks and directory',
  },
  {
    ...clean,
    keeps: 'keep-logs removes what is made again',
    from: 'for lk_each in ./.nextflow ./.nf-assets; do',
    to: 'for lk_each in ./.nextflow; do',
    named: 'keep-logs',
  },
  {
    ...clean,
    keeps: 'a link in the place of a task is not followed',
    from: '&& ! [ -L "$lk_task" ] && ',
    to: '&& ',
    named: 'links, strange names',
  },
  {
    ...clean,
    keeps: 'directories that their owner closed are opened and removed',
    from: ' -exec chmod u+rwx {} \\;',
    to: '',
    named: 'links, strange names',
  },
  {
    ...clean,
    keeps: 'what could not be removed is told',
    from: '  [ -n "$lk_said" ] || return 0\n',
    to: '  return 0\n',
    named: 'files of other users',
  },
  {
    ...refused,
    keeps: 'promise 10: one member never removes what is another’s',
    from: '[ "$lk_me" = "$lk_user" ] || lk_finish refused "The login',
    to: '[ -n "$lk_user" ] || lk_finish refused "The login',
  },
  {
    ...refused,
    keeps: "a directory of another name is none of the session's",
    from: 'case $lk_head in /*/"$lk_session") ;;',
    to: 'case $lk_head in /*) ;;',
  },
  {
    ...refused,
    keeps: 'a directory is removed only if it says that it is of this run',
    from: 'if ! [ -O ".nf-$lk_id.lock" ]; then',
    to: 'if ! [ -O . ]; then',
  },
  {
    ...refused,
    keeps: 'what others may write in is not removed unseen',
    from: '\\( -perm -020 -o -perm -002 \\))" ] || lk_finish',
    to: '-perm -002)" ] || lk_finish',
  },
  {
    ...refused,
    keeps: 'a link in the place of the directory is not followed',
    from: '[ "${lk_real##*/}" = "$lk_session" ] && [ -O . ]',
    to: '[ -O . ]',
  },
  {
    ...clean,
    keeps: 'no other file system is entered',
    from: '  lk_delete . -xdev -mindepth 1',
    to: '  lk_delete . -mindepth 1',
    named: 'another file system',
  },
  {
    ...clean,
    keeps: 'a directory that becomes a link while it is removed leads nowhere',
    from: '  lk_said=$(LC_ALL=C timeout -k 5 "$lk_for" find "$@" -delete 2>&1 >/dev/null)\n  lk_status=$?\n  if',
    to: '  lk_said=$(LC_ALL=C timeout -k 5 "$lk_for" find "$@" -depth -exec rm -rf {} \\; 2>&1 >/dev/null)\n  lk_status=$?\n  if',
    named: 'turns into a link and back',
  },
  {
    ...clean,
    keeps: 'what takes long goes on when it is sent again',
    from: '[ "$lk_for" -gt 0 ] || lk_finish more',
    to: '[ "$lk_for" -gt 0 ] || lk_finish done',
    named: 'what takes long',
  },
];

const half: Break = {
  keeps: 'an answer of a far side without its end is none',
  file: 'src/schedulers/far-side/far-side.ts',
  from: "lines.at(-1)?.[0] === 'end' ? lines : null",
  to: 'lines.length > 0 ? lines : null',
  test: clean.test,
  named: 'half an answer',
};

export const breaks: readonly Break[] = [...cleaning, half];
