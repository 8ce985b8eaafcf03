import {
  chownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createTestSigner } from '#test/support/test-signer.ts';
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

test('many who look at a host at once share one scan; the next one looks anew', async () => {
  const program = join(dir, 'keyscan');
  const asked = join(dir, 'asked');
  const key = createTestSigner().publicKey;
  writeFileSync(program, `#!/bin/sh\necho x >>"${asked}"\nsleep 0.2\necho "h ${key}"\n`, { mode: 0o755 });
  const access = createClusterAccess({
    runtimeDir: join(dir, 'run'),
    keyscanProgram: program,
    resolve: async () => ['192.0.2.1', '10.1.2.3'],
  });
  const scan = () =>
    access.scanHostKeys({ clusterKey: 'identity:1', hostName: 'login.example.org', port: 22 });
  const found = await Promise.all(Array.from({ length: 20 }, scan));
  expect(found.map(([first]) => first?.publicKey)).toEqual(Array.from({ length: 20 }, () => key));
  expect(readFileSync(asked, 'utf8')).toBe('x\n'.repeat(3));
  await scan();
  expect(readFileSync(asked, 'utf8')).toBe('x\n'.repeat(6));
});
