/** Labels of a workspace, and putting them onto its runs, pipelines and environments. */
import type { Caller, WorkspaceScope } from '#core/caller.ts';
import type { Clock } from '#core/clock.ts';
import { badRequest, notFound } from '#core/errors.ts';
import { checkLabel, type Label, type LabelKind, labelText } from '#core/labels.ts';
import type { Page, Paged } from '#core/ports/paging.ts';
import type { Store, Tables } from '#core/ports/store.ts';
import { auditEvent } from '../audit.ts';
import { runTarget } from '../clusters/cluster-audit.ts';
import { contextOf, liesWithin } from '../context.ts';
import { findRun } from '../runs/runs.ts';
import { findOwnPipeline } from './find-pipeline.ts';
import { pipelineTarget } from './pipeline-target.ts';

export interface LabelDeps {
  store: Pick<Store, 'labels' | 'transaction'>;
  clock: Clock;
}

export interface LabelInput {
  name: string;
  value?: string;
  /** Absent: as the value says. */
  resource?: boolean;
  isDefault?: boolean;
}

export interface LabelListQuery extends Page {
  search?: string;
  type?: 'simple' | 'resource' | 'all';
  isDefault?: boolean;
}

/** `apply`: these and no others. `add`: these as well. `remove`: these no longer. */
export type LabelChange = 'apply' | 'add' | 'remove';

const targetOf = (label: Label, scope: WorkspaceScope) => ({
  type: 'label',
  id: label.id,
  name: labelText(label),
  organisationId: scope.organisationId,
  workspaceId: scope.workspaceId,
});

const shown = ({ name, value, isDefault }: Label) => ({ name, value, isDefault });

/** @throws AppError 404 */
const findLabel = async (
  tables: Pick<Tables, 'labels'>,
  caller: Caller,
  scope: WorkspaceScope,
  id: number,
): Promise<Label> => {
  const label = await tables.labels.find(id);
  if (!label || !liesWithin(caller, scope, label)) throw notFound('label', id);
  return label;
};

/** Labels by number, all of them of this workspace. @throws AppError 400 */
export const labelsOf = async (
  tables: Pick<Tables, 'labels'>,
  caller: Caller,
  scope: WorkspaceScope,
  labelIds: readonly number[],
): Promise<Label[]> => {
  const labels: Label[] = [];
  for (const id of new Set(labelIds)) {
    const label = await tables.labels.find(id);
    if (!label || !liesWithin(caller, scope, label))
      throw badRequest(`labelIds: there is no label ${id} here; GET /labels shows those that there are`, {
        field: 'labelIds',
      });
    labels.push(label);
  }
  return labels;
};

const many = { max: 1000, offset: 0 };

/**
 * The labels that something new gets: those asked for or, where nobody said which, the workspace's default ones. To be
 * called within a transaction. @throws AppError 400
 */
export const labelsOfNew = async (
  tables: Pick<Tables, 'labels'>,
  caller: Caller,
  scope: WorkspaceScope,
  asked: { labelIds: readonly number[] | undefined; resource: boolean },
): Promise<Label[]> => {
  if (asked.labelIds) return labelsOf(tables, caller, scope, asked.labelIds);
  const defaults = { ...contextOf(caller, scope), ...many, resource: asked.resource, isDefault: true };
  return (await tables.labels.list(defaults)).rows;
};

/** Within a transaction. */
export const putLabels = async (
  tables: Pick<Tables, 'labels'>,
  kind: LabelKind,
  id: string | number,
  labels: readonly Label[],
): Promise<void> => {
  await tables.labels.add(
    kind,
    [id],
    labels.map((label) => label.id),
  );
};

export const createLabelActions = ({ store, clock }: LabelDeps) => {
  /** What is labelled, as the audit log names it. @throws AppError 404 */
  const labelled = async (
    tables: Tables,
    caller: Caller,
    scope: WorkspaceScope,
    kind: 'run' | 'pipeline',
    id: string,
  ): Promise<Parameters<typeof auditEvent>[1]> =>
    kind === 'run'
      ? { event: 'workflow_labels_changed', target: runTarget(await findRun(tables, caller, scope, id)) }
      : {
          event: 'pipeline_labels_changed',
          target: pipelineTarget(await findOwnPipeline(tables, caller, scope, Number(id))),
        };

  return {
    list: (caller: Caller, scope: WorkspaceScope, query: LabelListQuery): Promise<Paged<Label>> => {
      const { type = 'all', ...rest } = query;
      const resource = type === 'all' ? undefined : type === 'resource';
      return store.labels.list({ ...contextOf(caller, scope), ...rest, resource });
    },

    /** @throws AppError 400 for what cannot be a label, 409 for one that there is already */
    create: (caller: Caller, scope: WorkspaceScope, input: LabelInput): Promise<Label> => {
      const { name, value = null, resource = value !== null, isDefault = false } = input;
      if (resource && value === null)
        throw badRequest('value: a resource label needs one, as in project=atlas', { field: 'value' });
      if (!resource && value !== null)
        throw badRequest('value: only resource labels have one; set resource to true', { field: 'value' });
      checkLabel({ name, value });
      return store.transaction(async (tables) => {
        const now = clock.now();
        const label = await tables.labels.insert({
          ...contextOf(caller, scope),
          name,
          value,
          resource,
          isDefault,
          createdAt: now,
        });
        const state = { newState: shown(label) };
        await tables.audit.append(
          auditEvent(caller, { event: 'label_created', target: targetOf(label, scope), state }),
          now,
        );
        return label;
      });
    },

    /** @throws AppError 400, 404, 409 */
    update: (
      caller: Caller,
      scope: WorkspaceScope,
      id: number,
      patch: Partial<Omit<LabelInput, 'resource'>>,
    ): Promise<Label> =>
      store.transaction(async (tables) => {
        const before = await findLabel(tables, caller, scope, id);
        if (!before.resource && patch.value !== undefined)
          throw badRequest('value: this is a plain label, which has none', { field: 'value' });
        const after = { ...before, ...patch };
        checkLabel(after);
        await tables.labels.update(id, patch);
        const state = { previousState: shown(before), newState: shown(after) };
        await tables.audit.append(
          auditEvent(caller, { event: 'label_updated', target: targetOf(after, scope), state }),
          clock.now(),
        );
        return after;
      }),

    /** From whatever carries it, too. @throws AppError 404 */
    remove: (caller: Caller, scope: WorkspaceScope, id: number): Promise<void> =>
      store.transaction(async (tables) => {
        const label = await findLabel(tables, caller, scope, id);
        await tables.labels.remove(id);
        const state = { previousState: shown(label) };
        await tables.audit.append(
          auditEvent(caller, { event: 'label_deleted', target: targetOf(label, scope), state }),
          clock.now(),
        );
      }),

    /** Labels of things of one kind, by id; the things must be the caller's to see. */
    of: (kind: LabelKind, ids: readonly (string | number)[]): Promise<Map<string, Label[]>> =>
      store.labels.of(kind, ids),

    /** All or nothing. @throws AppError 404 for things, 400 for labels that are not there */
    change: (
      caller: Caller,
      scope: WorkspaceScope,
      kind: 'run' | 'pipeline',
      how: LabelChange,
      { ids, labelIds }: { ids: readonly (string | number)[]; labelIds: readonly number[] },
    ): Promise<void> =>
      store.transaction(async (tables) => {
        const now = clock.now();
        const labels = await labelsOf(tables, caller, scope, labelIds);
        const numbers = labels.map((label) => label.id);
        const things = [...new Set(ids.map(String))];
        const before = await tables.labels.of(kind, things);
        for (const id of things) {
          const facts = await labelled(tables, caller, scope, kind, id);
          const state = {
            previousState: { labels: (before.get(id) ?? []).map(labelText) },
            metadata: { change: how, labels: labels.map(labelText) },
          };
          await tables.audit.append(auditEvent(caller, { ...facts, state }), now);
        }
        if (how === 'apply') await tables.labels.take(kind, things);
        if (how === 'remove') await tables.labels.take(kind, things, numbers);
        else await tables.labels.add(kind, things, numbers);
      }),
  };
};

export type LabelActions = ReturnType<typeof createLabelActions>;
