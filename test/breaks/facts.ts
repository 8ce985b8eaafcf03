/** What is read, counted and named: labels, versions, searches, networks, measures, and what pipelines say of themselves. */
import type { Break } from './break.ts';

const labels = { file: 'src/core/labels.ts', test: 'src/core/labels.test.ts' };
const metrics = { file: 'src/core/metrics.ts', test: 'src/core/metrics.test.ts' };
const progress = { file: 'src/core/progress.ts', test: 'src/core/metrics.test.ts' };
const report = { file: 'src/core/error-report.ts', test: 'src/core/error-report.test.ts' };
const config = { file: 'src/core/nextflow-config.ts', test: 'src/core/nextflow-config.test.ts' };
const search = { file: 'src/core/search.ts', test: 'src/core/search.test.ts' };
const versions = { file: 'src/core/pipelines.ts', test: 'src/core/pipelines.test.ts' };
const keyLine = { file: 'src/core/authorized-keys.ts', test: 'src/core/authorized-keys.test.ts' };

const names: readonly Break[] = [
  {
    ...keyLine,
    keeps: 'a key that members paste opens commands and nothing else',
    from: '`restrict ${publicKey} ',
    to: '`${publicKey} ',
  },
  {
    ...keyLine,
    keeps: 'a comment begins no line of its own in authorized_keys',
    from: '/[^\\w:.-]/g',
    to: '/[^\\w:.\\s-]/g',
    named: 'another line',
  },
  {
    ...labels,
    keeps: 'the value of a resource label may hold "="',
    from: 'const resourceValue = /^[A-Za-z0-9](?:[A-Za-z0-9 _.:/=+@-]',
    to: 'const resourceValue = /^[A-Za-z0-9](?:[A-Za-z0-9 _.:/+@-]',
  },
  {
    ...labels,
    keeps: 'the value of a resource label holds nothing that a shell acts on',
    from: 'const resourceValue = /^[A-Za-z0-9](?:[A-Za-z0-9 _.:/=+@-]',
    to: 'const resourceValue = /^[A-Za-z0-9](?:[A-Za-z0-9 _.:;/=+@-]',
  },
  {
    ...labels,
    keeps: 'every variable of a label is filled in',
    from: '  value.replaceAll(variable, (whole',
    to: '  value.replace(/\\$\\{([^}]*)\\}/, (whole',
  },
  {
    ...versions,
    keeps: 'a new version takes nobody else’s name',
    from: 'while (taken.has(name));',
    to: 'while (name === current);',
  },
  {
    ...versions,
    keeps: 'the name of a version holds no slash',
    from: '[A-Za-z0-9._-]{0,98}',
    to: '[A-Za-z0-9._/-]{0,98}',
    named: 'one word',
  },
  {
    keeps: 'whoever has a whole IPv6 network counts as one',
    file: 'src/core/addresses.ts',
    from: '    .slice(0, 4)\n',
    to: '',
    test: 'src/core/addresses.test.ts',
  },
  {
    keeps: 'a run that ended by itself before it could be stopped was not stopped',
    file: 'src/core/wes.ts',
    from: "if (phase !== 'done' && cancelRequestedAt !== null)",
    to: 'if (cancelRequestedAt !== null)',
    test: 'src/core/wes.test.ts',
  },
  {
    keeps: 'what was kept goes with the next commit, also where numbers begin anew',
    file: 'src/core/until-commit.ts',
    from: 'if (now !== madeAt)',
    to: 'if (!(now <= madeAt))',
    test: 'src/core/until-commit.test.ts',
  },
  {
    ...search,
    keeps: 'nothing but blanks is no search text',
    from: "  if (text === '') return { keywords };\n",
    to: '',
    named: 'free text alone',
  },
  {
    ...search,
    keeps: 'keywords of a search may be typed in any case',
    from: 'keyword?.toLowerCase()',
    to: 'keyword',
    named: 'any case',
  },
  {
    ...search,
    keeps: 'quotes hold the words of a search together',
    from: '(?:"([^"]*)"|(\\S+))/g',
    to: '(?:"([^"\\s]*)"|(\\S+))/g',
    named: 'quotes hold',
  },
  {
    ...search,
    keeps: 'an unknown keyword stays part of the search text',
    from: 'words.push(keyword === undefined ? value : whole);',
    to: 'words.push(value);',
    named: 'unknown keywords',
  },
];

const measured: readonly Break[] = [
  {
    ...metrics,
    keeps: 'quartiles are those that Nextflow computes',
    from: '(sorted.length - 1) * fraction',
    to: '(sorted.length - 1) * fraction + fraction / 2',
    named: 'quartiles of every measure',
  },
  {
    ...metrics,
    keeps: 'a quartile between two tasks is called by the lower one',
    from: 'label: below.label }',
    to: 'label: above.label }',
    named: 'labels name the task',
  },
  {
    ...metrics,
    keeps: 'zeros alone are nothing measured',
    from: '  if (min.value === 0 && max.value === 0) return null;\n',
    to: '',
    named: 'zeros alone',
  },
  {
    ...progress,
    keeps: 'a task that is tried again has failed as well, as Nextflow counts',
    from: '      to.failed += times;\n',
    to: "      if (task.errorAction !== 'RETRY') to.failed += times;\n",
    named: 'the sums of a whole run',
  },
  {
    ...progress,
    keeps: 'a peak never falls',
    from: 'Math.max(progress[peak], seen[peak])',
    to: 'seen[peak]',
    named: 'peaks never fall',
  },
  {
    ...progress,
    keeps: 'the hours of a run count what was cached and lost',
    from: 'const total = cpuTime + cachedTime + failedTime;',
    to: 'const total = cpuTime + cachedTime;',
    named: 'tells its hours',
  },
];

const told: readonly Break[] = [
  {
    ...report,
    keeps: 'a command’s errors are told rather than its output',
    from: "section('Command error') ?? section('Command output')",
    to: "section('Command output') ?? section('Command error')",
  },
  {
    ...report,
    keeps: 'what a task of many lines is called is part of its cause',
    from: "sections.get(name)?.join('\\n').trim()",
    to: 'sections.get(name)?.[0]?.trim()',
    named: 'line breaks in names',
  },
  {
    ...report,
    keeps: 'a command cannot write a heading of the report',
    from: 'if (name !== undefined && !sections.has(name)) sections',
    to: 'if (name !== undefined) sections',
    named: 'not taken for headings',
  },
  {
    ...config,
    keeps: 'what stands in a comment of a configuration is not said',
    from: `['"""', "'''", '/*', '//']`,
    to: `['"""', "'''", '/*']`,
    named: 'comments and texts',
  },
  {
    ...config,
    keeps: 'a configuration is read in one pass',
    from: "    if (opening === '//') {\n      const end = text.indexOf('\\n', at);\n      at = end < 0 ? text.length : end;",
    to: "    if (opening === '//') {\n      const end = text.indexOf('\\n', at);\n      at = end < 0 ? at + opening.length : end;",
    named: 'megabyte of "//"',
  },
];

export const breaks: readonly Break[] = [...names, ...measured, ...told];
