/** What many share: one statement for many runs, answers that are kept, leases that go back together. */
import type { Break } from './break.ts';

const leases = { file: 'src/store/leases.ts', test: 'src/store/runs.real.test.ts' };
const changes = {
  file: 'src/store/dialect/table-changes.ts',
  test: 'src/store/dialect/table-changes.test.ts',
};

export const breaks: readonly Break[] = [
  {
    ...leases,
    keeps: 'promise 29: of many runs that get the same change, those that others hold get none',
    from: "    .where(among(dialect, sql`id || ' ' || fence`, leases))\n",
    to: '',
    named: 'promise 29',
  },
  {
    ...changes,
    keeps: 'what a deletion takes along is not read from memory',
    from: '  constants.SQLITE_DELETE,\n',
    to: '',
    named: 'deletion',
  },
  {
    ...changes,
    keeps: 'what another process changes is not read from memory',
    from: 'ofOthers() === others && ',
    to: '',
    named: 'another process',
  },
  {
    ...changes,
    keeps: 'an answer is not kept beyond a change of what it was read from',
    from: '(changedBy.get(table) ?? 0) <= own',
    to: 'true',
    named: 'its own may not',
  },
  {
    ...changes,
    keeps: 'an answer that is being read is overtaken by whatever is committed meanwhile',
    from: 'whole && [...tables]',
    to: '[...tables]',
    named: 'under way',
  },
  {
    file: 'src/store/statements.ts',
    test: 'src/store/readings.real.test.ts',
    keeps: 'a statement that is built once is built for each database',
    from: '`${dialect} ${names',
    to: '`${names',
  },
  {
    file: 'src/launcher/loop.ts',
    test: 'src/launcher/loop.test.ts',
    keeps: 'runs that were worked on go back before the next look',
    from: '    await giveBack();\n    // Not counted',
    to: '    // Not counted',
    named: 'given back',
  },
  {
    file: 'src/launcher/run-writer.ts',
    test: 'src/launcher/looks.test.ts',
    keeps: 'a look that shows nothing new costs one write, however many runs it was for',
    from: '([name, value]) => JSON.stringify(value) !== JSON.stringify(run[name as keyof RunPatch]),',
    to: '() => true,',
    named: 'nothing new',
  },
  {
    keeps: 'who holds a remembered answer cannot change it for others',
    file: 'src/store/remembered.ts',
    from: '  return Object.freeze(value);',
    to: '  return value;',
    test: 'src/store/remembered.test.ts',
    named: 'who holds an answer',
  },
  {
    keeps: 'a change is seen at once, whatever is remembered',
    file: 'src/store/remembered.ts',
    from: '    if (before?.isCurrent()) return before.answer;',
    to: '    if (before) return before.answer;',
    test: 'src/store/remembered.test.ts',
    named: 'a change is seen at once',
  },
  {
    keeps: 'a failure is not remembered',
    file: 'src/store/remembered.ts',
    from: '    now.answer.catch(() => answers.get(key) === now && answers.delete(key));',
    to: '    now.answer.catch(() => undefined);',
    test: 'src/store/remembered.test.ts',
    named: 'asked again without a change',
  },
  {
    keeps: 'nothing of a failed transaction is seen',
    file: 'src/store/dialect/sqlite.ts',
    from: "if (writer.isTransaction) writer.exec('rollback');",
    to: "if (writer.isTransaction) writer.exec('commit');",
    test: 'src/store/remembered.test.ts',
    named: 'what a transaction has not committed',
  },
];
