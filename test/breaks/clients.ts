/** What existing clients send and need; rows that they take the first of. */
import type { Break } from './break.ts';

export const breaks: readonly Break[] = [
  {
    keeps: 'a POST without a body but with a JSON content type is one',
    file: 'src/api/json-bodies.ts',
    from: "if (text.trim() === '') return done(null, {});",
    to: "if (text === ' ') return done(null, {});",
    test: 'src/api/clients.real.test.ts',
    named: 'posts without a body',
  },
  {
    keeps: 'an empty text is absent for most fields',
    file: 'src/contract/normalise.ts',
    from: "const blank = field === null || field === '' || field === undefined;",
    to: 'const blank = field === null || field === undefined;',
    test: 'src/contract/input.test.ts',
    named: 'blanks',
  },
  {
    keeps: 'null takes away what can be taken away',
    file: 'src/contract/normalise.ts',
    from: '    else if (blank && telling.clearable?.includes(key)) kept[key] = null;\n',
    to: '',
    test: 'src/contract/input.test.ts',
    named: 'blanks',
  },
  {
    keeps: 'a client compares texts that it set: they come back as they were',
    file: 'src/contract/normalise.ts',
    from: "    if (field === '' && telling.verbatim?.includes(key)) kept[key] = field;\n    else if",
    to: '    if',
    test: 'src/contract/input.test.ts',
    named: 'blanks',
  },
  {
    keeps: 'ids that are text may come as numbers',
    file: 'src/contract/fields.ts',
    from: "z.union([text(64), z.number()], 'must be an id')",
    to: "z.union([text(64), z.boolean()], 'must be an id')",
    test: 'src/contract/input.test.ts',
    named: 'ids may be numbers',
  },
  {
    keeps: 'identities arrive flat or wrapped',
    file: 'src/contract/identities.ts',
    from: '({ ...outer, ...managedIdentity })',
    to: '({ ...outer })',
    test: 'src/contract/input.test.ts',
    named: 'flat, wrapped',
  },
  {
    keeps: 'an operation of the contract that is lost is noticed',
    file: 'src/contract/tokens.ts',
    from: "  operationId: 'DeleteAllTokens',\n  method: 'DELETE',",
    to: "  operationId: 'DeleteAllTokens',\n  method: 'POST',",
    test: 'src/contract/contract.test.ts',
  },
  {
    keeps: 'a field of the contract that is lost is noticed',
    file: 'src/contract/users.ts',
    from: '  dateCreated: moment,\n  lastAccess',
    to: '  lastAccess',
    test: 'src/contract/contract.test.ts',
  },
];
