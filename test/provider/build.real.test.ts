/** What `npm run provider:build` makes works where it is put, also after it was moved, under both names. */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { useProvider } from '#test/support/provider/build.ts';
import { startPlugin } from '#test/support/provider/plugin.ts';

const built = useProvider();
const architecture = { x64: 'amd64', arm64: 'arm64' }[process.arch as 'x64' | 'arm64'];
const inMirror = (namespace: string, name: string): string =>
  `mirror/registry.terraform.io/${namespace}/${name}/0.1.0/${process.platform}_${architecture}/terraform-provider-${name}_v0.1.0`;

test.each([
  ['latchkey', 'terraform-provider-latchkey'],
  ['seqera', 'terraform-provider-seqera'],
  ['latchkey', inMirror('latchkey', 'latchkey')],
  ['seqera', inMirror('seqeralabs', 'seqera')],
])('%s: %s', async (name, program) => {
  const moved = await mkdtemp(join(tmpdir(), 'latchkey-moved-'));
  try {
    await cp(built.dir, moved, { recursive: true });
    const plugin = await startPlugin(join(moved, program));
    const { resource_schemas: schemas } = await plugin.call('GetProviderSchema', {});
    expect(Object.keys(schemas as object)).toContain(`${name}_managed_credentials`);
    expect(Object.keys(schemas as object).every((type) => type.startsWith(`${name}_`))).toBe(true);
    expect(await plugin.close()).toBe(0);
  } finally {
    await rm(moved, { recursive: true, force: true });
  }
});
