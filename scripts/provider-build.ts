/**
 * npm run provider:build -- --out DIR: the provider as Terraform wants it, under both its names.
 *   DIR/terraform-provider-NAME    for dev_overrides
 *   DIR/mirror                     for terraform init, as a filesystem_mirror
 * Each is a small sh wrapper beside one bundle, so DIR may be moved or copied elsewhere. It runs on the Node that is
 * beside it (`--with-node` puts one there), else on the one that has built it, else on one on the PATH.
 */
import { chmod, copyFile, cp, link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { rolldown } from 'rolldown';

const root = join(import.meta.dirname, '..');
const names = ['latchkey', 'seqera'];
/** Who publishes them: what `required_providers` names, with and without Terraform's own registry before it. */
const hosts = ['registry.terraform.io', 'registry.opentofu.org'];
const namespaces: Record<string, string[]> = { latchkey: ['latchkey'], seqera: ['latchkey', 'seqeralabs'] };
const architectures: Partial<Record<NodeJS.Architecture, string>> = { x64: 'amd64', arm64: 'arm64' };

const { values } = parseArgs({
  options: { out: { type: 'string' }, 'with-node': { type: 'boolean', default: false } },
});
if (!values.out) {
  console.error('usage: npm run provider:build -- --out DIR [--with-node]');
  process.exit(2);
}
// Where npm was called, not where the package lies.
const out = resolve(process.env['INIT_CWD'] ?? process.cwd(), values.out);
const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };

/** Plain sh without a process of its own, for it runs at every start: Terraform starts a provider several times per command. */
const quoted = process.execPath.replaceAll("'", "'\\''");
const wrapper = (name: string): string => `#!/bin/sh
# The Terraform provider "${name}" of Latchkey ${version}.
here=\${0%/*}
run() { NODE_USE_ENV_PROXY=1 exec "$1" "$here/latchkey-provider/provider.mjs" --as ${name}; }
[ ! -x "$here/latchkey-provider/node" ] || run "$here/latchkey-provider/node"
[ ! -x '${quoted}' ] || run '${quoted}'
case $(node --version 2>/dev/null) in v2[4-9].* | v[3-9][0-9].*) run node ;; esac
echo 'terraform-provider-${name}: no Node 24 or newer on the PATH' >&2
exit 1
`;

const bundle = async (to: string): Promise<void> => {
  const build = await rolldown({
    input: join(root, 'src/provider/main.ts'),
    platform: 'node',
    logLevel: 'warn',
  });
  await build.write({ file: join(to, 'provider.mjs'), format: 'esm', minify: true, codeSplitting: false });
  await build.close();
  for (const file of ['tfplugin6.proto', 'plugin.proto'])
    await copyFile(join(root, 'src/provider/protocol', file), join(to, file));
};

/** Hard links where the file system has them: Node is large. */
const place = (from: string, to: string): Promise<void> => link(from, to).catch(() => copyFile(from, to));

const parts = join(out, 'latchkey-provider');
await rm(parts, { recursive: true, force: true });
await rm(join(out, 'mirror'), { recursive: true, force: true });
await mkdir(parts, { recursive: true });
await bundle(parts);
if (values['with-node']) {
  await copyFile(process.execPath, join(parts, 'node'));
  await chmod(join(parts, 'node'), 0o755);
}

const platform = `${process.platform}_${architectures[process.arch] ?? process.arch}`;
for (const name of names) {
  const program = join(out, `terraform-provider-${name}`);
  await writeFile(program, wrapper(name), { mode: 0o755 });
  for (const host of hosts)
    for (const namespace of namespaces[name] ?? []) {
      const home = join(out, 'mirror', host, namespace, name, version, platform);
      await mkdir(join(home, 'latchkey-provider'), { recursive: true });
      await copyFile(program, join(home, `terraform-provider-${name}_v${version}`));
      for (const file of ['provider.mjs', 'tfplugin6.proto', 'plugin.proto'])
        await cp(join(parts, file), join(home, 'latchkey-provider', file));
      if (values['with-node']) await place(join(parts, 'node'), join(home, 'latchkey-provider', 'node'));
    }
}
console.log(`terraform-provider-${names.join(', terraform-provider-')} ${version} in ${out}`);
