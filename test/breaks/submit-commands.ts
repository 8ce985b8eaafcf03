/** What submit commands say: a number, a refusal, a limit to wait for, or nothing that can be relied on (promise 22). */
import type { Break } from './break.ts';

const test = 'src/schedulers/submission/verdicts.test.ts';
const lsf = { file: 'src/schedulers/lsf/submit.sh', test, named: 'LSF' };
const pbs = { file: 'src/schedulers/pbs-pro/submit.sh', test, named: 'PBS' };
const gridEngine = { file: 'src/schedulers/grid-engine/submit.sh', test, named: 'Grid Engine' };

export const breaks: readonly Break[] = [
  {
    ...lsf,
    keeps: 'LSF: a full queue is waited for',
    from: "*'threshold reached'* | ",
    to: '',
  },
  {
    ...lsf,
    keeps: 'LSF: the good news may stand on the other stream',
    from: '  [ -n "$lk_job" ] || { lk_complaint; lk_in_lines "$lk_why"; }\n',
    to: '  [ -n "$lk_job" ] || lk_complaint\n',
  },
  {
    ...pbs,
    keeps: 'promise 22: PBS whose ports are used up is asked again',
    from: "*'eserved ports'* | *'pbs_iff'* | ",
    to: '',
  },
  {
    ...pbs,
    keeps: "PBS: a job's number is one only if it names its server",
    from: ' in :* | *[!0-9]*:*) ;; *.*) lk_job=$lk_word ;; esac',
    to: ' in :*) ;; *) lk_job=$lk_word ;; esac',
  },
  {
    ...gridEngine,
    keeps: 'Grid Engine: the limit of jobs is waited for',
    from: "*'jobs are allowed'* | ",
    to: '',
  },
  {
    ...gridEngine,
    keeps: "Grid Engine: an array's number is that before the dot",
    from: 'lk_word=${1%%.[0-9]*}',
    to: 'lk_word=$1',
  },
];
