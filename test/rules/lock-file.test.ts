/** Start and test install what the lock file says without asking whether it is current: this asks. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const readJson = async (name: string): Promise<Record<string, unknown>> =>
  JSON.parse(await readFile(join(import.meta.dirname, '../..', name), 'utf8')) as Record<string, unknown>;

test('the lock file is current and pins each package to its content', async () => {
  const { dependencies, optionalDependencies, devDependencies } = await readJson('package.json');
  const { packages } = (await readJson('package-lock.json')) as {
    packages: Record<string, { integrity?: string }>;
  };
  const { '': project, ...installed } = packages;
  expect(project).toMatchObject({ dependencies, optionalDependencies, devDependencies });
  expect(Object.keys(installed).length).toBeGreaterThan(100);
  expect(Object.entries(installed).filter(([, { integrity }]) => !integrity?.startsWith('sha512-'))).toEqual(
    [],
  );
});
