/** What the launcher needs from the other rooms, each as narrow as its use. Compose passes the real ones in. */
import type { Clock } from '#core/clock.ts';
import type { RunDataset } from '#core/datasets.ts';
import type { SecretValue } from '#core/pipeline-secrets.ts';
import type { Platform } from '#core/platforms.ts';
import type { ClusterAccess, ClusterTarget, ReaderTarget, RemoteResult } from '#core/ports/cluster-access.ts';
import type { ProgressReader } from '#core/ports/progress.ts';
import type {
  CommandText,
  DatasetPiece,
  PlacedPiece,
  RunRemains,
  SchedulerDriver,
} from '#core/ports/scheduler.ts';
import type { Store } from '#core/ports/store.ts';
import type { Run, RunSnapshot } from '#core/runs.ts';

export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** `cancel` also finds a credential that was deleted while its runs lived. */
export type TargetPurpose = 'launch' | 'follow' | 'cancel';

/** One that counts: proved, and not refused since. */
interface StatusReaderFound {
  identityId: number;
  keyVersion: number;
  target: ReaderTarget;
  /** Linux users whose live jobs it was last not shown. */
  hiddenUsers: readonly string[];
}

interface StatusReaders {
  /** null: there is none that counts. @throws AppError when its way cannot be gone now */
  find(clusterKey: string): Promise<StatusReaderFound | null>;
  /** Linux users whose live jobs it is not shown. */
  noteSight(reader: StatusReaderFound, sight: { hiddenUsers: readonly string[] }): Promise<void>;
  /** The cluster refuses its key: it does not count any more. */
  noteRefused(reader: StatusReaderFound, message: string): Promise<void>;
}

export interface LauncherDeps {
  store: Pick<Store, 'runs' | 'tasks' | 'readings' | 'runReports' | 'transaction'>;
  clusters: Pick<ClusterAccess, 'run' | 'askReader' | 'submissionTurn'>;
  /** Clusters' status readers, and what is found out about them. */
  readers: StatusReaders;
  drivers: ReadonlyMap<Platform, SchedulerDriver>;
  /** The member's way to the run's cluster. @throws AppError in words for people when there is none (any more) */
  targetFor(snapshot: RunSnapshot, purpose: TargetPurpose): Promise<ClusterTarget>;
  /** Secrets that the run was launched with, until its submission is settled. @throws AppError when they do not open */
  secretsOf(run: Run): Promise<readonly SecretValue[]>;
  datasets: {
    /** undefined: deleted meanwhile. */
    piece(upload: string, part: number): Promise<Uint8Array | undefined>;
    command(run: Run, dataset: RunDataset, piece: DatasetPiece): CommandText;
    parse(result: RemoteResult): PlacedPiece;
  };
  /** Removes what of its secrets the run has left on the cluster. */
  forgetSecrets: {
    command(run: { runId: string; headDir: string }): CommandText;
    /** null: they are gone; else what is left, in a sentence. @throws Error when the answer cannot be trusted */
    parse(result: RemoteResult): string | null;
  };
  remains: {
    read(run: { runId: string; headDir: string }): CommandText;
    parse(result: RemoteResult): RunRemains;
  };
  /** Reads how far runs are from Nextflow's own files. */
  progress: ProgressReader;
  /** Where a run may report over HTTP, with a fresh token that can do nothing else; each try to submit it gets one. */
  reportOf(run: Run): Promise<{ apiEndpoint: string; token: string }>;
  /** Called when a cluster showed another host key than the pinned ones. */
  noteHostKeyChange(snapshot: RunSnapshot): Promise<void>;
  clock: Clock;
  log: Log;
}
