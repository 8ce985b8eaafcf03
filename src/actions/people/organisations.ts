/** Organisations: made by anybody who may sign in, who then owns them. */
import type { Caller, OrganisationScope } from '#core/caller.ts';
import type { Clock } from '#core/clock.ts';
import { conflict, notFound } from '#core/errors.ts';
import { checkName } from '#core/names.ts';
import type { Member, Organisation } from '#core/people.ts';
import type { Store, Tables } from '#core/ports/store.ts';
import { reachesWholeOrganisation } from '#core/token-grants.ts';
import { auditEvent } from '../audit.ts';

export interface OrganisationDeps {
  store: Pick<Store, 'organisations' | 'transaction'>;
  clock: Clock;
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

export const createOrganisationActions = ({ store, clock }: OrganisationDeps) => ({
  /** The caller's own as far as the access token reaches, oldest membership first. */
  list: async ({ userId, grant }: Caller): Promise<OwnOrganisation[]> =>
    (await store.organisations.listOfUser(userId)).filter(({ organisation: { id } }) =>
      reachesWholeOrganisation(grant, id),
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

  create: (caller: Caller, input: OrganisationInput): Promise<OwnOrganisation> =>
    store.transaction((tables) => insertOrganisation(tables, caller, caller.userId, input, clock.now())),

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
});

export type OrganisationActions = ReturnType<typeof createOrganisationActions>;
