/** Labels: words (`rnaseq`) and resource labels (`project=atlas`) that pipelines, runs and environments carry. */
import { badRequest } from './errors.ts';

export interface Label {
  id: number;
  workspaceId: number | null;
  /** Who made it; the owner of the personal context. */
  userId: number;
  name: string;
  /** null for a plain label. */
  value: string | null;
  resource: boolean;
  /** Goes onto what is made without saying which: resource labels onto environments, plain ones onto pipelines. */
  isDefault: boolean;
  createdAt: number;
}

/** What can carry labels. */
export type LabelKind = 'pipeline' | 'run' | 'compute-env';

/** Variables that the value of a resource label may hold; known once there is a run. */
export const labelVariables = ['sessionId', 'workflowId'] as const;
type LabelVariable = (typeof labelVariables)[number];

const variable = /\$\{([^}]*)\}/g;

export const isDynamic = ({ value }: Pick<Label, 'value'>): boolean => value?.includes('${') ?? false;

/** A dynamic label as a run carries it. */
export const interpolated = (value: string, known: Record<LabelVariable, string>): string =>
  value.replaceAll(variable, (whole, name: string) => known[name as LabelVariable] ?? whole);

/** As people write it: `rnaseq`, `project=atlas`. */
export const labelText = ({ name, value }: Pick<Label, 'name' | 'value'>): string =>
  value === null ? name : `${name}=${value}`;

const plainName = /^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,98}[A-Za-z0-9])?$/;
const resourceName = /^[A-Za-z0-9](?:[A-Za-z0-9 _.:/+@-]{0,98}[A-Za-z0-9])?$/;
const resourceValue = /^[A-Za-z0-9](?:[A-Za-z0-9 _.:/=+@-]{0,198}[A-Za-z0-9])?$/;

/** @throws AppError 400 naming the field and the rule */
export const checkLabel = ({ name, value }: Pick<Label, 'name' | 'value'>): void => {
  const refuse = (field: string, rule: string) => badRequest(`${field}: ${rule}`, { field });
  if (value === null) {
    if (!plainName.test(name))
      throw refuse(
        'name',
        'use 1 to 100 letters, digits, dashes and underscores, beginning and ending with a letter or digit',
      );
    return;
  }
  if (!resourceName.test(name))
    throw refuse(
      'name',
      'use 1 to 100 letters, digits, blanks and any of _ . : / + @ -, beginning and ending with a letter or digit',
    );
  const unknown = [...value.matchAll(variable)].find(
    ([, named]) => !labelVariables.some((known) => known === named),
  );
  const offered = labelVariables.map((known) => `\${${known}}`).join(' and ');
  if (unknown) throw refuse('value', `${unknown[0]} is no variable; there are ${offered}`);
  if (!resourceValue.test(value.replaceAll(variable, 'x')))
    throw refuse(
      'value',
      `use 1 to 200 letters, digits, blanks and any of _ . : / = + @ -, beginning and ending with a letter or digit; ${offered} stand for a run's`,
    );
};
