/** Everything that the handlers may call. `src/server/compose.ts` puts it together. */
import type { AccessActions } from '#actions/access.ts';
import type { AuditLogActions } from '#actions/audit-log/log.ts';
import type { PlatformActions } from '#actions/clusters/platforms.ts';
import type { PeopleActions } from '#actions/people/people-actions.ts';
import type { LabelActions } from '#actions/pipelines/labels.ts';
import type { RepositoryActions } from '#actions/pipelines/repositories.ts';
import type { RunTokenActions } from '#actions/reports/run-tokens.ts';
import type { SetupActions } from '#actions/setup.ts';
import type { PasswordActions } from '#actions/sign-in/passwords.ts';
import type { SessionActions } from '#actions/sign-in/sessions.ts';
import type { SignInActions } from '#actions/sign-in/sign-in.ts';
import type { TokenActions } from '#actions/sign-in/tokens.ts';
import type {
  ComputeEnvActions,
  CredentialActions,
  HostKeyActions,
  IdentityActions,
  ManagedCredentialActions,
  SuspensionActions,
} from '#core/ports/actions.ts';
import type { ActivityActions } from '#core/ports/activity.ts';
import type { DatasetActions, PipelineSecretActions } from '#core/ports/data-actions.ts';
import type { PipelineActions } from '#core/ports/pipeline-actions.ts';
import type { RunActions, RunNameActions, RunStarActions } from '#core/ports/run-actions.ts';
import type { StatusReaderActions } from '#core/ports/status-reader-actions.ts';
import type { TaskActions } from '#core/ports/task-actions.ts';
import type { TraceActions } from '#core/ports/trace-actions.ts';

export interface Actions extends PeopleActions {
  access: AccessActions;
  auditLog: AuditLogActions;
  signIn: SignInActions;
  sessions: SessionActions;
  passwords: Omit<PasswordActions, 'operatorLinkFor'>;
  setup: Pick<SetupActions, 'firstOwnerLinkWorks' | 'makeFirstOwner'>;
  tokens: TokenActions;
  identities: IdentityActions;
  suspensions: SuspensionActions;
  activity: ActivityActions;
  managedCredentials: ManagedCredentialActions;
  statusReaders: StatusReaderActions;
  hostKeys: HostKeyActions;
  credentials: CredentialActions;
  computeEnvs: ComputeEnvActions;
  labels: LabelActions;
  platforms: PlatformActions;
  pipelines: PipelineActions;
  repositories: RepositoryActions;
  runs: RunActions;
  runNames: RunNameActions;
  runStars: RunStarActions;
  tasks: TaskActions;
  trace: TraceActions;
  runTokens: Pick<RunTokenActions, 'verify'>;
  pipelineSecrets: PipelineSecretActions;
  datasets: DatasetActions;
}

export interface ApiSettings {
  /** As people and clients reach this service, without a slash at the end. */
  publicUrl: string;
  /** CIDRs whose `X-Forwarded-*` is believed. */
  trustedProxies: readonly string[];
  /** Of this package. */
  version: string;
  /** Requests a minute for one token, session or unknown address; 0: no limit. */
  requestsPerMinute: number;
}
