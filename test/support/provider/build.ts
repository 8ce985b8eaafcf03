/** The provider as `npm run provider:build` makes it, once per test file. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll } from 'vitest';

const root = join(import.meta.dirname, '../../..');

export const buildProvider = async (dir: string, ...more: string[]): Promise<void> => {
  await promisify(execFile)(process.execPath, [
    join(root, 'scripts/provider-build.ts'),
    '--out',
    dir,
    ...more,
  ]);
};

export interface BuiltProvider {
  /** What was given as `--out`. */
  dir: string;
}

/** Filled in once it is built. */
export const useProvider = (): BuiltProvider => {
  const built: BuiltProvider = { dir: '' };
  beforeAll(async () => {
    built.dir = await mkdtemp(join(tmpdir(), 'latchkey-provider-build-'));
    await buildProvider(built.dir);
  });
  afterAll(() => rm(built.dir, { recursive: true, force: true }));
  return built;
};
