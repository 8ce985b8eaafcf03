import { chownSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createClusterAccess } from './cluster-access.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'lk-access-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

describe('the runtime directory', () => {
  const runtimeDir = () => join(dir, 'run');

  test('one that was open becomes ours alone', () => {
    mkdirSync(runtimeDir(), { mode: 0o777 });
    createClusterAccess({ runtimeDir: runtimeDir() });
    expect(statSync(runtimeDir()).mode & 0o777).toBe(0o700);
  });

  test('a link in its place is refused', () => {
    mkdirSync(join(dir, 'elsewhere'), { mode: 0o755 });
    symlinkSync(join(dir, 'elsewhere'), runtimeDir());
    expect(() => createClusterAccess({ runtimeDir: runtimeDir() })).toThrow(/is a link/);
    expect(statSync(join(dir, 'elsewhere')).mode & 0o777).toBe(0o755);
  });

  // Only root can make one for somebody else, and only root could use it then.
  test.runIf(process.getuid?.() === 0)("somebody else's in its place is refused", () => {
    mkdirSync(runtimeDir());
    chownSync(runtimeDir(), 65_534, 65_534);
    expect(() => createClusterAccess({ runtimeDir: runtimeDir() })).toThrow(/belongs to somebody else/);
  });
});
