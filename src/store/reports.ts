/** What runs report of themselves, and the hashes of the tokens with which they do. */
import type { RunReportStore, RunTokenStore } from '#core/ports/report-store.ts';
import type { ReportedWorkflow, RunReport } from '#core/reports.ts';
import type { Db } from './tables.ts';

const text = (value: object | null): string | null => (value === null ? null : JSON.stringify(value));
const parse = <Value>(stored: string | null): Value | null => (stored === null ? null : JSON.parse(stored));

export const createRunReportStore = (db: Db): RunReportStore => ({
  find: async (runId) => {
    const row = await db.selectFrom('runReports').selectAll().where('runId', '=', runId).executeTakeFirst();
    return (
      row && {
        workflow: parse<ReportedWorkflow>(row.workflow),
        metrics: parse<NonNullable<RunReport['metrics']>>(row.metrics),
        begunAt: row.begunAt,
        completedAt: row.completedAt,
      }
    );
  },

  save: async (runId, { workflow, metrics, begunAt, completedAt }) => {
    const values = { workflow: text(workflow), metrics: text(metrics), begunAt, completedAt };
    await db
      .insertInto('runReports')
      .values({ runId, ...values })
      .onConflict((conflict) => conflict.column('runId').doUpdateSet(values))
      .execute();
  },
});

export const createRunTokenStore = (db: Db): RunTokenStore => ({
  insert: async (token) => {
    await db.insertInto('runTokens').values(token).execute();
  },
  findRun: async (hash) =>
    (await db.selectFrom('runTokens').select('runId').where('hash', '=', hash).executeTakeFirst())?.runId,
  removeOfRun: async (runId) => {
    await db.deleteFrom('runTokens').where('runId', '=', runId).execute();
  },
});
