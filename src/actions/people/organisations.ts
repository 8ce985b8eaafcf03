/** Organisations: made by anybody who may sign in, who then owns them, unless the operator keeps that to himself. */
import type { Caller, OrganisationScope } from '#core/caller.ts';
import type { Clock } from '#core/clock.ts';
import { conflict, forbidden, notFound } from '#core/errors.ts';
import { checkName } from '#core/names.ts';
import type { Member, Organisation } from '#core/people.ts';
import type { Store, Tables } from '#core/ports/store.ts';
import { type OrganisationRole } from '#core/roles.ts';
import { reachesWholeOrganisation } from '#core/token-grants.ts';
import { auditEvent } from '../audit.ts';
import type { Closing } from './closing.ts';

export interface OrganisationDeps {
  store: Pick<Store, 'organisations' | 'transaction'>;
  clock: Clock;
  closing: Closing;
  /** May everybody who signs in make organisations? If not, the operator does. */
  anybodyMakes: boolean;
}

export interface OrganisationInput {
  name: string;
  fullName?: string;
  description?: string;
  location?: string;
  website?: string;
}

export interface OwnOrganisation {
  organisation: Organisation;
  member: Pick<Member, 'id' | 'role'>;
}

/** Within a transaction; `ownerId` becomes owner. */
export const insertOrganisation = async (
  tables: Pick<Tables, 'organisations' | 'members' | 'audit'>,
  caller: Caller,
  ownerId: number,
  input: OrganisationInput,
  now: number,
): Promise<OwnOrganisation> => {
  const organisation = await tables.organisations.insert({
    name: checkName('name', input.name),
    fullName: input.fullName ?? input.name,
    description: input.description ?? null,
    location: input.location ?? null,
    website: input.website ?? null,
    createdAt: now,
    deletedAt: null,
  });
  const organisationId = organisation.id;
  const member = await tables.members.insert({
    organisationId,
    userId: ownerId,
    role: 'owner',
    createdAt: now,
  });
  const target = { type: 'organization', id: organisationId, name: organisation.name, organisationId };
  await tables.audit.append(auditEvent(caller, { event: 'organization_created', target }), now);
  return { organisation, member };
};

export const createOrganisationActions = ({ store, clock, closing, anybodyMakes }: OrganisationDeps) => ({
  /** The caller's own as far as the access token reaches, oldest membership first. */
  list: async ({ userId, grant }: Caller, role?: OrganisationRole): Promise<OwnOrganisation[]> =>
    (await store.organisations.listOfUser(userId)).filter(
      ({ organisation: { id }, member }) =>
        reachesWholeOrganisation(grant, id) && (role === undefined || member.role === role),
    ),

  async describe(caller: Caller, scope: OrganisationScope): Promise<OwnOrganisation> {
    const mine = await store.organisations.listOfUser(caller.userId);
    const own = mine.find(({ organisation }) => organisation.id === scope.organisationId);
    if (!own) throw notFound('organisation', scope.organisationId);
    return own;
  },

  /** @throws AppError 400 for a bad name, 409 for a taken one */
  async validateName(name: string): Promise<void> {
    checkName('name', name);
    if (await store.organisations.findByName(name)) throw conflict(`name: "${name}" is already taken`);
  },

  /** @throws AppError 403 where the operator makes them */
  async create(caller: Caller, input: OrganisationInput): Promise<OwnOrganisation> {
    if (!anybodyMakes)
      throw forbidden('Here the operator makes organisations: latchkey init --org <name> --user <owner>');
    return store.transaction((tables) =>
      insertOrganisation(tables, caller, caller.userId, input, clock.now()),
    );
  },

  async update(caller: Caller, scope: OrganisationScope, patch: Partial<OrganisationInput>): Promise<void> {
    await store.transaction(async (tables) => {
      const id = scope.organisationId;
      const before = await tables.organisations.find(id);
      if (!before) throw notFound('organisation', id);
      await tables.organisations.update(id, patch);
      const target = { type: 'organization', id, name: patch.name ?? before.name, organisationId: id };
      const state = { previousState: before, newState: { ...before, ...patch } };
      await tables.audit.append(
        auditEvent(caller, { event: 'organization_updated', target, state }),
        clock.now(),
      );
    });
  },

  /** With its workspaces and clusters. @throws AppError 409 naming the runs or the members' keys that are in the way */
  async remove(caller: Caller, scope: OrganisationScope): Promise<void> {
    const channels = await store.transaction(async (tables) => {
      const organisation = await tables.organisations.find(scope.organisationId);
      if (!organisation) throw notFound('organisation', scope.organisationId);
      return closing.organisation(tables, caller, organisation);
    });
    closing.afterwards(channels);
  },
});
