/**
 * Reports that are durable and not yet merged. A hundred rows of 48 columns take longer to read, merge and write than
 * the same reports take to be kept as one text, and most tasks are told of several times within a short while: so they
 * wait, and are merged together (merging.ts).
 */
import { randomUUID } from 'node:crypto';
import { CompiledQuery } from 'kysely';
import type { ReportedProgress } from '#core/progress.ts';
import type { ReportColumns } from '#core/report-columns.ts';
import type { Db, DialectName } from '../tables.ts';
import { createHeldReports } from './held-reports.ts';
import { readReports, writeReports } from './report-text.ts';
import { placeholders, remembered } from './rows.ts';

export interface WaitingBatch {
  reports: ReportColumns;
  counted?: ReportedProgress | undefined;
  now: number;
}

/** So many reports are merged at once, and wait at most; other writers wait for it, and on SQLite everybody does. */
export const reportsAtOnce = 1_500;

const marks = {
  sqlite: ['?', '?', '?', '?', '?', '?'],
  postgres: ['$1', '$2', '$3', '$4', '$5', '$6'],
} as const;

const appendText = (dialect: DialectName): string => {
  const [receivedAt, size, key, counted, reports, runId] = marks[dialect];
  return `insert into waiting_reports (run_id, received_at, size, key, counted, reports)
    select id, cast(${receivedAt} as bigint), cast(${size} as bigint), cast(${key} as text), cast(${counted} as text),
      cast(${reports} as text)
    from runs where id = ${runId}`;
};
const waitingText = remembered(
  (dialect, count) =>
    `select distinct run_id as "runId" from waiting_reports where run_id in ${placeholders(dialect, 1, count)}`,
);
const sizesText = remembered(
  (dialect) =>
    `select id, size from waiting_reports where run_id = ${marks[dialect][0]} order by id limit ${reportsAtOnce}`,
);
/** One statement: a row that appears between reading and removing must not be lost. Texts of batches held stay unread. */
const takeText = remembered((dialect, held) => {
  const reports =
    held === 0 ? 'reports' : `case when key in ${placeholders(dialect, 3, held)} then '' else reports end`;
  return `delete from waiting_reports where run_id = ${marks[dialect][0]} and id <= ${marks[dialect][1]}
    returning id, received_at as "now", key, counted, ${reports} as "reports"`;
});

interface Row {
  id: number;
  now: number;
  key: string;
  counted: string | null;
  /** Empty where the batch is held. */
  reports: string;
}

const batchOf = ({ now, counted, reports }: Row): WaitingBatch => ({
  reports: readReports(reports),
  counted: counted === null ? undefined : (JSON.parse(counted) as ReportedProgress),
  now,
});

export const createWaitingReports = (db: Db, dialect: DialectName) => {
  const execute = <Found>(on: Db, sql: string, parameters: readonly unknown[]) =>
    on.withoutPlugins().executeQuery<Found>(CompiledQuery.raw(sql, [...parameters]));
  const append = appendText(dialect);
  const held = createHeldReports();

  return {
    /** Durable when it returns. @returns false when the run is unknown */
    add: async (runId: string, batch: WaitingBatch): Promise<boolean> => {
      const { reports, counted, now } = batch;
      const key = randomUUID();
      const text = writeReports(reports);
      const told = counted ? JSON.stringify(counted) : null;
      const values = [now, reports.taskIds.length, key, told, text, runId];
      const { numAffectedRows = 0n } = await execute(db, append, values);
      if (numAffectedRows === 0n) return false;
      held.hold(runId, key, batch, text.length);
      return true;
    },

    /** Those of these runs that have some. */
    runsOf: async (runIds: readonly string[]): Promise<string[]> => {
      if (runIds.length === 0) return [];
      const text = waitingText(dialect, runIds.length);
      const { rows } = await execute<{ runId: string }>(db, text, runIds);
      return rows.map(({ runId }) => runId);
    },

    /** Within a transaction, the run locked: takes the oldest, as many as are merged at once. */
    take: async (within: Db, runId: string): Promise<{ batches: WaitingBatch[]; more: boolean }> => {
      const known = held.of(runId);
      const { rows: sizes } = await execute<{ id: number; size: number }>(within, sizesText(dialect, 1), [
        runId,
      ]);
      let [total, last] = [0, 0];
      for (const { id, size } of sizes) {
        total += size;
        if (last > 0 && total > reportsAtOnce) break;
        last = id;
      }
      const more = last !== (sizes.at(-1)?.id ?? 0);
      // What was held of batches that another process has merged goes here as well.
      if (!more) held.forget(runId);
      if (last === 0) return { batches: [], more };
      const text = takeText(dialect, known.size);
      const { rows } = await execute<Row>(within, text, [runId, last, ...known.keys()]);
      rows.sort((a, b) => a.id - b.id);
      return { batches: rows.map((row) => known.get(row.key) ?? batchOf(row)), more };
    },
  };
};

export type WaitingReports = ReturnType<typeof createWaitingReports>;
