/** The list of breaks stays in step with the code: each still has its place and its test. `npm run breaks` runs them. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { allBreaks, root } from './all.ts';

test('every break has exactly one place in the code, and a test', async () => {
  const stale: string[] = [];
  for (const { keeps, file, from, to, test: by } of await allBreaks()) {
    const text = await readFile(join(root, file), 'utf8').catch(() => '');
    const times = text.split(from).length - 1;
    if (times !== 1) stale.push(`${keeps}: its text stands ${times} times in ${file}`);
    if (from === to) stale.push(`${keeps}: changes nothing`);
    if (!existsSync(join(root, by))) stale.push(`${keeps}: there is no ${by}`);
  }
  expect(stale).toEqual([]);
});
