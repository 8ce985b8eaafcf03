/** Ports: what runs report of themselves, and the tokens with which they may. */
import type { RunReport } from '../reports.ts';

export interface RunReportStore {
  find(runId: string): Promise<RunReport | undefined>;
  save(runId: string, report: RunReport): Promise<void>;
}

/** A run may have several: each try to submit it makes one, and nobody knows which of them arrived. */
export interface RunTokenStore {
  insert(token: { hash: string; runId: string; createdAt: number }): Promise<void>;
  /** The run that a token belongs to. */
  findRun(hash: string): Promise<string | undefined>;
  removeOfRun(runId: string): Promise<void>;
}
