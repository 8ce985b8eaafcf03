/** All routes there are: what is not listed here is not served below `/api`. */
import * as audit from './audit.ts';
import * as computeEnvs from './compute-envs.ts';
import * as credentials from './credentials.ts';
import * as datasets from './datasets.ts';
import * as hostKeys from './host-keys.ts';
import * as identities from './identities.ts';
import * as managedCredentials from './managed-credentials.ts';
import * as members from './people/members.ts';
import * as organisations from './people/organisations.ts';
import * as participants from './people/participants.ts';
import * as roles from './people/roles.ts';
import * as teams from './people/teams.ts';
import * as workspaces from './people/workspaces.ts';
import * as pipelineSecrets from './pipeline-secrets.ts';
import * as labels from './pipelines/labels.ts';
import * as launches from './pipelines/launches.ts';
import * as pipelines from './pipelines/pipelines.ts';
import * as repositories from './pipelines/repositories.ts';
import * as versions from './pipelines/versions.ts';
import * as platforms from './platforms.ts';
import type { Route } from './route.ts';
import * as runNames from './run-names.ts';
import * as runStars from './run-stars.ts';
import * as runs from './runs.ts';
import * as service from './service.ts';
import * as sessions from './sessions.ts';
import * as statusReaders from './status-readers.ts';
import * as tasks from './tasks.ts';
import * as tokens from './tokens.ts';
import * as trace from './trace.ts';
import * as users from './users.ts';
import * as wes from './wes.ts';

const isRoute = (value: unknown): value is Route =>
  typeof value === 'object' && value !== null && 'operationId' in value && 'permission' in value;

export const routes: readonly Route[] = [
  service,
  audit,
  users,
  sessions,
  tokens,
  organisations,
  members,
  teams,
  roles,
  workspaces,
  participants,
  identities,
  managedCredentials,
  statusReaders,
  hostKeys,
  credentials,
  computeEnvs,
  platforms,
  labels,
  pipelines,
  versions,
  repositories,
  launches,
  runs,
  runNames,
  runStars,
  wes,
  tasks,
  trace,
  pipelineSecrets,
  datasets,
].flatMap((noun) => Object.values(noun).filter(isRoute));
