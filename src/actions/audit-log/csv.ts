/** The audit log as CSV. Spreadsheets run what begins like a formula, and names in it come from strangers. */
import type { NamedRecord } from './names.ts';

type Column = readonly [title: string, value: (row: NamedRecord) => unknown];

const columns: readonly Column[] = [
  ['id', ({ record }) => record.id],
  ['timestamp', ({ record }) => new Date(record.timestamp).toISOString()],
  ['event', ({ record }) => record.event],
  ['correlationId', ({ record }) => record.correlationId],
  ['actorType', ({ record }) => record.actor.type],
  ['actorUserId', ({ record }) => record.actor.userId],
  ['actorUserName', ({ record }) => record.actor.userName],
  ['actorEmail', ({ record }) => record.actor.email],
  ['clientIp', ({ record }) => record.client.ip],
  ['clientUserAgent', ({ record }) => record.client.userAgent],
  ['accessTokenId', ({ record }) => record.client.accessTokenId],
  ['targetType', ({ record }) => record.target.type],
  ['targetId', ({ record }) => record.target.id],
  ['targetName', ({ record }) => record.target.name],
  ['organizationId', ({ record }) => record.target.organisationId],
  ['organizationName', ({ organisationName }) => organisationName],
  ['workspaceId', ({ record }) => record.target.workspaceId],
  ['workspaceName', ({ workspaceName }) => workspaceName],
  ['userId', ({ record }) => record.target.userId],
  ['userName', ({ userName }) => userName],
];

const stateColumns: readonly Column[] = [
  ['previousState', ({ record }) => record.state.previousState],
  ['newState', ({ record }) => record.state.newState],
  ['metadata', ({ record }) => record.state.metadata],
];

const textOf = (value: unknown): string => {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
};

/** Always quoted; an apostrophe keeps a spreadsheet from taking it for a formula. */
export const csvCell = (value: unknown): string => {
  const text = textOf(value);
  const tame = /^[\s]*[=+\-@|%\t\r\n]/.test(text) && typeof value !== 'number' ? `'${text}` : text;
  return `"${tame.replaceAll('"', '""')}"`;
};

const lineOf = (cells: readonly unknown[]): string => `${cells.map(csvCell).join(',')}\r\n`;

/** One piece per page, so that memory stays flat however long it gets. */
export async function* auditCsv(
  pages: AsyncIterable<readonly NamedRecord[]>,
  withState: boolean,
): AsyncGenerator<Uint8Array> {
  const all = withState ? [...columns, ...stateColumns] : columns;
  const encoder = new TextEncoder();
  yield encoder.encode(lineOf(all.map(([title]) => title)));
  for await (const rows of pages)
    yield encoder.encode(rows.map((row) => lineOf(all.map(([, value]) => value(row)))).join(''));
}
