import type { Break } from './break.ts';

const at = 'src/schedulers/submission';

export const breaks: readonly Break[] = [
  {
    keeps:
      'promise 22: the age of an intent is known, so that nothing is submitted again that the queue may have forgotten',
    file: `${at}/submit.sh`,
    from: 'lk_age=$((${lk_times%%[!0-9]*} - ${lk_times##*[!0-9]}))',
    to: 'lk_age=0',
    test: `${at}/exactly-once.test.ts`,
  },
  {
    keeps:
      'promise 22: where files have no locks, an intent as young as a living submission holds others off',
    file: `${at}/submit.sh`,
    from: '[ "$lk_age" -lt "$lk_longest" ]',
    to: 'false',
    test: `${at}/exactly-once.test.ts`,
  },
  {
    keeps: 'a run belongs to the login that it was launched for, whatever directories bear its name',
    file: `${at}/directories.sh`,
    from: '    "$lk_user":?*)',
    to: '    ?*)',
    test: `${at}/directories.test.ts`,
  },
  {
    keeps: 'what others can write in is not used: it would run as the member',
    file: `${at}/directories.sh`,
    from: 'case $lk_seen in *[2367] | *[2367]?) ;; *) lk_closed=$1 ;; esac',
    to: 'lk_closed=$1',
    test: `${at}/directories.test.ts`,
  },
  {
    keeps: 'a job gets the umask of the member’s login',
    file: 'src/schedulers/slurm/submit.sh',
    from: '    umask "$lk_user_umask"\n',
    to: '',
    test: `${at}/placing.test.ts`,
    named: 'umask',
  },
];
