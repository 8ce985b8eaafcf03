/** Rules for the names that people give, each with the sentence that explains it. */
import { badRequest } from './errors.ts';

const namePattern = /^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,98}[A-Za-z0-9])?$/;
const runNamePattern = /^[a-z](?:[a-z\d]|[-_](?=[a-z\d])){0,79}$/;

/** Of a file within a repository, and in no way outside it. */
export const isPathWithin = (path: string): boolean =>
  path !== '' && !/^[/~]|[\p{Cc}\u2028\u2029]/u.test(path) && !path.split('/').includes('..');

export const isName = (name: string): boolean => namePattern.test(name);

/** @throws AppError 400 naming the field and the rule */
export const checkName = (field: string, name: string): string => {
  if (!isName(name)) {
    throw badRequest(
      `${field}: use 1 to 100 letters, digits, dashes and underscores, beginning and ending with a letter or digit`,
      { field },
    );
  }
  return name;
};

/** Nextflow's own rule for run names. @throws AppError 400 */
export const checkRunName = (name: string): string => {
  if (!runNamePattern.test(name)) {
    throw badRequest(
      'runName: use up to 80 lower case letters, digits, dashes and underscores, beginning with a letter; no dash or underscore at the end or twice in a row',
      { field: 'runName' },
    );
  }
  return name;
};
