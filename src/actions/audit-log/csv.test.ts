import { describe, expect, test } from 'vitest';
import type { AuditRecord } from '#core/audit.ts';
import { auditCsv, csvCell } from './csv.ts';

describe('a cell', () => {
  test.each([
    ['=HYPERLINK("http://evil.example")', `"'=HYPERLINK(""http://evil.example"")"`],
    ['+1', `"'+1"`],
    ['-1+2', `"'-1+2"`],
    ['@SUM(A1)', `"'@SUM(A1)"`],
    ['\t=1', `"'\t=1"`],
    ['  =1', `"'  =1"`],
    ['\r=1', `"'\r=1"`],
    ['plain, with "quotes"', '"plain, with ""quotes"""'],
    ['two\nlines', '"two\nlines"'],
    [-5, '"-5"'],
    [null, '""'],
    [undefined, '""'],
    [{ a: '=1' }, '"{""a"":""=1""}"'],
  ])('%j', (value, cell) => expect(csvCell(value)).toBe(cell));
});

test('one line per record, state only where it is asked for', async () => {
  const record: AuditRecord = {
    id: 3,
    timestamp: Date.UTC(2026, 0, 1),
    event: 'workflow_launched',
    correlationId: 'c',
    actor: { type: 'user', userId: 1, userName: '=cmd', email: 'o@example.org' },
    client: { ip: '192.0.2.1', userAgent: null, accessTokenId: 3 },
    target: { type: 'workflow', id: 'x', name: null, organisationId: 1, workspaceId: 2, userId: 1 },
    state: { newState: { status: 'SUBMITTED' } },
  };
  const names = {
    firstName: null,
    lastName: null,
    organisationName: 'acme',
    workspaceName: 'main',
    userName: 'o',
  };
  const csv = async (withState: boolean) => {
    async function* pages() {
      yield [{ record, ...names }];
      yield [{ record: { ...record, id: 2 }, ...names }];
    }
    const pieces: Uint8Array[] = [];
    for await (const piece of auditCsv(pages(), withState)) pieces.push(piece);
    return Buffer.concat(pieces).toString().split('\r\n');
  };
  const lines = await csv(false);
  expect(lines.length).toBe(4);
  expect(lines[0]).not.toContain('newState');
  expect(lines[1]).toBe(
    `"3","2026-01-01T00:00:00.000Z","workflow_launched","c","user","1","'=cmd","o@example.org","192.0.2.1","","3","workflow","x","","1","acme","2","main","1","o"`,
  );
  expect((await csv(true))[2]).toContain('"{""status"":""SUBMITTED""}"');
});
