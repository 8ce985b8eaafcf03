/** Port: how labels are kept, and what carries them. */
import type { Label, LabelKind } from '../labels.ts';
import type { Page, Paged, Unnumbered } from './paging.ts';

export interface LabelQuery extends Page {
  workspaceId: number | null;
  /** Personal context (workspaceId null): whose. */
  userId: number;
  /** Free text on name, value and `name=value`, exact matches first. */
  search?: string | undefined;
  resource?: boolean | undefined;
  isDefault?: boolean | undefined;
}

export interface LabelStore {
  insert(label: Unnumbered<Label>): Promise<Label>;
  find(id: number): Promise<Label | undefined>;
  list(query: LabelQuery): Promise<Paged<Label>>;
  update(id: number, patch: Partial<Pick<Label, 'name' | 'value' | 'isDefault'>>): Promise<void>;
  /** From whatever carries it, too. */
  remove(id: number): Promise<void>;
  /** Labels of things of one kind, by name. Things without labels are not in the map. */
  of(kind: LabelKind, ids: readonly (string | number)[]): Promise<Map<string, Label[]>>;
  /** Puts labels onto things that may have them already. */
  add(kind: LabelKind, ids: readonly (string | number)[], labelIds: readonly number[]): Promise<void>;
  /** Takes labels away; without `labelIds` all of them. */
  take(kind: LabelKind, ids: readonly (string | number)[], labelIds?: readonly number[]): Promise<void>;
}
