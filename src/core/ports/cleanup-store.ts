/** Port: how it is kept what is to be removed on clusters. */
import type { SessionCleanup } from '../cleanup.ts';

export interface SessionCleanupStore {
  /** At a run's end: all that is kept of its session is to go then. Nothing changes once removal has begun. */
  plan(cleanup: Pick<SessionCleanup, 'sessionId' | 'runId' | 'policy' | 'dueAt'>): Promise<void>;
  /** It stays after all, unless removal has begun. */
  drop(sessionId: string): Promise<void>;
  find(sessionId: string): Promise<SessionCleanup | undefined>;
  /** Takes the one that is due longest; a write needs the fence that comes with it. */
  leaseDue(lease: {
    owner: string;
    now: number;
    leaseMs: number;
  }): Promise<{ cleanup: SessionCleanup; fence: number } | undefined>;
  /** False if somebody else has it by now. */
  update(
    sessionId: string,
    fence: number,
    patch: Partial<Omit<SessionCleanup, 'sessionId' | 'runId'>>,
  ): Promise<boolean>;
  release(sessionId: string, fence: number): Promise<void>;
  /** Of an owner that has gone (a restart with the same name). */
  releaseAll(owner: string): Promise<void>;
}
