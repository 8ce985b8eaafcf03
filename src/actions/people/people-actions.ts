/** Puts the actions on people and places together: they know each other, and nobody else needs to. */
import type { Clock } from '#core/clock.ts';
import type { ClusterAccess } from '#core/ports/cluster-access.ts';
import type { Store } from '#core/ports/store.ts';
import type { ClusterActions } from '../clusters/cluster-actions.ts';
import { createClosing } from './closing.ts';
import { createCustomRoleActions } from './custom-roles.ts';
import { createMemberActions } from './members.ts';
import { createOrganisationActions } from './organisations.ts';
import { createParticipantActions } from './participants.ts';
import { createRemoval } from './removal.ts';
import { createTeamActions } from './teams.ts';
import { createUserActions } from './users.ts';
import { createWorkspaceActions } from './workspaces.ts';

export interface PeopleDeps {
  store: Store;
  clock: Clock;
  clusters: Pick<ClusterAccess, 'closeChannels'>;
  clusterActions: Pick<ClusterActions, 'deletion' | 'removeIdentity'>;
  /** May everybody who signs in make organisations? */
  anybodyMakes: boolean;
  /** Tells the launcher that something is due. */
  wake(): void;
}

export const createPeopleActions = (deps: PeopleDeps) => {
  const { store, clock, clusters, clusterActions, anybodyMakes, wake } = deps;
  const { deletion, removeIdentity } = clusterActions;
  const removal = createRemoval({ deletion, clusters, clock, wake });
  const closing = createClosing({ deletion, removeIdentity, clusters, clock });
  return {
    users: createUserActions({ store, clock, removal, closing }),
    organisations: createOrganisationActions({ store, clock, closing, anybodyMakes }),
    members: createMemberActions({ store, clock, removal }),
    teams: createTeamActions({ store, clock }),
    customRoles: createCustomRoleActions({ store, clock }),
    workspaces: createWorkspaceActions({ store, clock, closing }),
    participants: createParticipantActions({ store, clock }),
  };
};

export type PeopleActions = ReturnType<typeof createPeopleActions>;
