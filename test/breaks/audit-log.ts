/** The audit log: who sees what, pages, CSV, and what never stands in it. */
import type { Break } from './break.ts';

export const breaks: readonly Break[] = [
  {
    keeps: 'promise 14: the audit log of an organisation is for its members alone',
    file: 'src/actions/audit-log/log.ts',
    from: "throw notFound('organisation', orgId);",
    to: "throw forbidden('This organisation is not yours');",
    test: 'src/api/audit-logs.real.test.ts',
    named: 'owners their organisation',
  },
  {
    keeps: 'what a person does elsewhere is seen by that person alone',
    file: 'src/actions/audit-log/log.ts',
    from: '(target.userId ?? actor.userId) === walls.userId',
    to: '(target.userId ?? actor.userId) !== null',
    test: 'src/api/audit-logs.real.test.ts',
    named: 'owners their organisation',
  },
  {
    keeps: 'a limited token reads within its walls',
    file: 'src/actions/audit-log/log.ts',
    from: '    const mine = all.filter(({ organisation: { id } }) => reachesWholeOrganisation(caller.grant, id));',
    to: '    const mine = all.filter(({ organisation: { id } }) => id > 0 || reachesWholeOrganisation(caller.grant, id));',
    test: 'src/api/audit-logs.real.test.ts',
    named: 'a token that reaches one organisation',
  },
  {
    keeps: 'no page tells twice, and none leaves a record out',
    file: 'src/actions/audit-log/log.ts',
    from: 'const rows = await named(records.slice(0, max));',
    to: 'const rows = await named(records.slice(0, max + 1));',
    test: 'src/api/audit-logs.real.test.ts',
    named: 'pages by token',
  },
  {
    keeps: 'the file holds every record',
    file: 'src/actions/audit-log/log.ts',
    from: '      if (records.length < exportPage) return;',
    to: '      if (records.length <= exportPage) return;',
    test: 'src/api/audit-logs.real.test.ts',
    named: 'the file holds every record',
  },
  {
    keeps: 'a spreadsheet takes no cell for a formula',
    file: 'src/actions/audit-log/csv.ts',
    from: '/^[\\s]*[=+\\-@|%\\t\\r\\n]/.test(text)',
    to: '/^[=+\\-@|%]/.test(text)',
    test: 'src/actions/audit-log/csv.test.ts',
  },
  {
    keeps: 'quotes in a cell end no cell',
    file: 'src/actions/audit-log/csv.ts',
    from: '`"${tame.replaceAll(\'"\', \'""\')}"`',
    to: '`"${tame}"`',
    test: 'src/actions/audit-log/csv.test.ts',
  },
  {
    keeps: 'promise 1: what is called a secret stays out of the record',
    file: 'src/actions/audit.ts',
    from: "    if (secretName.test(name)) return 'hidden';\n",
    to: '',
    test: 'src/actions/audit.test.ts',
  },
  {
    keeps: 'large texts stand in the record as hashes',
    file: 'src/actions/audit.ts',
    from: 'value.length > longestText ? digest(value) : value',
    to: 'value',
    test: 'src/actions/audit.test.ts',
  },
];
