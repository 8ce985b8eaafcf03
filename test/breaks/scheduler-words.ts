/** What schedulers are told and print: options in their order, answers that are late, noisy, huge or none. */
import type { Break } from './break.ts';

const answers = 'src/schedulers/answers.test.ts';
const options = 'src/schedulers/head-job-options.test.ts';
const files = 'src/schedulers/files/log-files.test.ts';

export const breaks: readonly Break[] = [
  {
    keeps: 'what a profile prints before an answer does no harm',
    file: 'src/schedulers/lsf/lsf.ts',
    from: 'whole.search(/^\\{/m), whole',
    to: 'whole.search(/^\\{/), whole',
    test: answers,
    named: 'LSF.*what a profile',
  },
  {
    keeps: 'an answer of thousands of jobs is read at once',
    file: 'src/schedulers/queries/ask.ts',
    from: ".filter((line) => !line.startsWith('latchkey: '))",
    to: ".filter((line, at, all) => all.indexOf(line) === at && !line.startsWith('latchkey: '))",
    test: answers,
    named: 'PBS Professional.*5,000 jobs',
  },
  {
    keeps: 'a row is taken apart from both its ends, however long a name is',
    file: 'src/schedulers/lsf/lsf.ts',
    from: 'submitTime.exec(rest.slice(-100))',
    to: 'submitTime.exec(rest.slice(0, 100))',
    test: answers,
    named: 'LSF, blanks: a hostile megabyte',
  },
  {
    keeps: "a member's own options come after the environment's",
    file: 'src/schedulers/lsf/lsf.ts',
    from: 'const given = [...typed, ...own];',
    to: 'const given = [...own, ...typed];',
    test: options,
    named: "LSF: the member's own",
  },
  {
    keeps: 'jobs of a run are told from those of a run whose id begins so',
    file: 'src/schedulers/submission/run-files.ts',
    from: 'name.startsWith(`${jobName(runId)}-`)',
    to: 'name.startsWith(jobName(runId))',
    test: options,
    named: 'tasks are known by the name',
  },
  {
    keeps: 'jobs of a run’s tasks are known by their names',
    file: 'src/schedulers/submission/run-files.ts',
    from: 'name.startsWith(`${jobName(runId)}-`)',
    to: 'name.startsWith(jobName(runId))',
    test: 'src/schedulers/submission/run-files.test.ts',
    named: 'are known by their names',
  },
  {
    keeps: 'a file that is not there is told from an empty one',
    file: 'src/schedulers/files/log-files.ts',
    from: 'result.exitCode === 43 || result.exitCode === 44',
    to: 'result.exitCode === 43',
    test: files,
    named: 'a missing file',
  },
  {
    keeps: 'a download is the whole file',
    file: 'src/schedulers/files/file.sh',
    from: '    all) exec cat <&3 ;;\n',
    to: '    all) exec head -c 262144 <&3 ;;\n',
    test: files,
    named: 'whole files',
  },
  {
    keeps: 'what is not set is left to the site',
    file: 'src/schedulers/head/nextflow-config.ts',
    from: "if (taskOptions !== '') lines",
    to: 'lines',
    test: 'src/schedulers/head/nextflow-config.test.ts',
    named: 'left to the site',
  },
  {
    keeps: 'a PBS without a history proves nothing, and fails nothing',
    file: 'src/schedulers/pbs-pro/pbs-pro.ts',
    from: "const { lines, status, stderr } = wholeAnswer(result, 'qstat');\n  if (status !== 0 &&",
    to: "const { lines, status, stderr } = wholeAnswer(result, 'qstat');\n  if (stderr !== '' &&",
    test: 'src/schedulers/endings.test.ts',
    named: 'without a history',
  },
  {
    keeps: 'any text comes back from a Groovy text as it was',
    file: 'src/schedulers/head/groovy.ts',
    from: ".padStart(4, '0')",
    to: '',
    test: 'src/schedulers/head/groovy.test.ts',
    named: 'reads back',
  },
  {
    keeps: 'a repository above a run’s directory has no say in its branch',
    file: 'src/schedulers/head/head.sh',
    from: 'GIT_CEILING_DIRECTORIES=${LK_HEAD_DIR%/*} GIT_TERMINAL_PROMPT',
    to: 'GIT_TERMINAL_PROMPT',
    test: 'src/schedulers/head/head-script.test.ts',
    named: 'no say in the default branch',
  },
  {
    keeps: 'an empty queue is one, and no answer in another shape',
    file: 'src/schedulers/slurm/jobs.ts',
    from: '.filter((line) => line.startsWith(`${jobMark}|`))',
    to: ".filter((line) => line !== '')",
    test: 'src/schedulers/slurm/jobs.test.ts',
    named: 'an empty queue',
  },
];
