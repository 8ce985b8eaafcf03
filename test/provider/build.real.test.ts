/**
 * What `npm run provider:build` makes works under both names wherever it is put: beside nothing of this checkout, moved,
 * in a folder with blanks and quotes in its name, and as `terraform init` installs it.
 */
import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, expect, test } from 'vitest';
import { buildProvider, useProvider } from '#test/support/provider/build.ts';
import { withEachProgram } from '#test/support/provider/drivers.ts';
import { startPlugin } from '#test/support/provider/plugin.ts';
import { environmentFor, mirrorOf, overridesOf } from '#test/support/provider/terraform.ts';

const execute = promisify(execFile);
const built = useProvider();
const checkout = join(import.meta.dirname, '../..');
const architecture = { x64: 'amd64', arm64: 'arm64' }[process.arch as 'x64' | 'arm64'];
const inMirror = (namespace: string, name: string): string =>
  `mirror/registry.terraform.io/${namespace}/${name}/0.1.0/${process.platform}_${architecture}/terraform-provider-${name}_v0.1.0`;

const made: string[] = [];
afterEach(async () => {
  for (const folder of made.splice(0)) await rm(folder, { recursive: true, force: true });
});
const folder = async (label: string): Promise<string> => {
  const path = await mkdtemp(join(tmpdir(), `latchkey-${label}-`));
  made.push(path);
  return path;
};

const expectTypes = async (program: string, name: string, environment = {}): Promise<void> => {
  const plugin = await startPlugin(program, environment);
  const { resource_schemas: schemas } = await plugin.call('GetProviderSchema', {});
  expect(Object.keys(schemas as object)).toContain(`${name}_managed_credentials`);
  expect(Object.keys(schemas as object).every((type) => type.startsWith(`${name}_`))).toBe(true);
  expect(await plugin.close()).toBe(0);
};

/** As it is on a machine that has neither this checkout nor the Node that has built it. */
const asStranger = async (dir: string, name: string): Promise<string> => {
  const program = join(dir, `terraform-provider-${name}`);
  const text = await readFile(program, 'utf8');
  expect(text).toContain(process.execPath);
  await writeFile(program, text.replaceAll(process.execPath, '/nowhere/node'));
  return program;
};

/** A PATH with a `node` that is what is given, and the few tools that a shell needs. */
const pathWith = async (node: { version: string } | 'this one' | 'none'): Promise<string> => {
  const bin = await folder('bin');
  if (node === 'this one') await symlink(process.execPath, join(bin, 'node'));
  else if (node !== 'none') {
    await writeFile(join(bin, 'node'), `#!/bin/sh\necho ${node.version}\n`);
    await chmod(join(bin, 'node'), 0o755);
  }
  return bin;
};

test.each([
  ['latchkey', 'terraform-provider-latchkey'],
  ['seqera', 'terraform-provider-seqera'],
  ['latchkey', inMirror('latchkey', 'latchkey')],
  ['seqera', inMirror('seqeralabs', 'seqera')],
])('%s: %s, moved to a folder with blanks and quotes in its name', async (name, program) => {
  const moved = join(await folder('moved'), `it's "here" %20 ü`);
  await cp(built.dir, moved, { recursive: true });
  // Where it was made is still there: it must not be what runs.
  expect(await readFile(join(moved, program), 'utf8')).not.toContain(built.dir);
  await expectTypes(join(moved, program), name);
});

test('on a stranger’s machine it takes the Node on the PATH, and says what is missing where there is none', async () => {
  const dir = await folder('stranger');
  await cp(built.dir, dir, { recursive: true });
  const program = await asStranger(dir, 'latchkey');
  await expectTypes(program, 'latchkey', { PATH: await pathWith('this one') });
  for (const node of ['none', { version: 'v22.17.0' }] as const) {
    const PATH = await pathWith(node);
    const refused = await execute(program, [], { env: { PATH } }).then(
      () => undefined,
      (error: { code: number; stdout: string; stderr: string }) => error,
    );
    expect(refused).toMatchObject({
      code: 1,
      stdout: '',
      stderr: 'terraform-provider-latchkey: no Node 24 or newer on the PATH\n',
    });
  }
  // Nothing else of it names the place where it was made.
  for (const name of await readdir(join(dir, 'latchkey-provider')))
    expect((await readFile(join(dir, 'latchkey-provider', name), 'utf8')).includes(checkout), name).toBe(
      false,
    );
});

test('with its own Node it needs none, and may be made in a folder with a blank in its name', async () => {
  const dir = join(await folder('own'), 'with blank');
  await mkdir(dir);
  await buildProvider(dir, '--with-node');
  const program = await asStranger(dir, 'seqera');
  await expectTypes(program, 'seqera', { PATH: await pathWith('none') });
});

test('started by a person it says what it is, and prints nothing that a program would read', async () => {
  const started = await execute(join(built.dir, 'terraform-provider-seqera'), [], {
    env: { PATH: process.env['PATH'] },
  }).catch((error: { code: number; stdout: string; stderr: string }) => error);
  expect(started).toMatchObject({ code: 1, stdout: '' });
  expect(started.stderr).toMatch(/is a plugin of Terraform and OpenTofu[\s\S]*dev_overrides/);
});

withEachProgram('build', (program) => {
  test.each([
    ['latchkey', 'latchkey'],
    ['latchkey', 'seqera'],
    ['seqeralabs', 'seqera'],
  ])('init installs %s/%s from the mirror', async (namespace, name) => {
    const dir = join(await folder('mirror'), 'with blank');
    await cp(built.dir, dir, { recursive: true });
    const work = await folder('config');
    await writeFile(
      join(work, 'main.tf'),
      `terraform {\n  required_providers {\n    ${name} = { source = "${namespace}/${name}" }\n  }\n}\nprovider "${name}" {}\n`,
    );
    const env = await environmentFor(work, mirrorOf(join(dir, 'mirror')));
    const { stdout } = await execute(program, ['init', '-no-color'], { cwd: work, env });
    expect(stdout).toContain(`Installed ${namespace}/${name} v0.1.0`);
    const schema = await execute(program, ['providers', 'schema', '-json'], { cwd: work, env });
    expect(schema.stdout).toContain(`"${name}_managed_credentials"`);
    // A second one finds what the lock file says.
    await execute(program, ['init', '-no-color'], { cwd: work, env });
  });

  test('the build’s folder itself serves as override', async () => {
    const work = await folder('config');
    await writeFile(
      join(work, 'main.tf'),
      'terraform {\n  required_providers {\n    seqera = { source = "seqeralabs/seqera" }\n  }\n}\n',
    );
    const env = await environmentFor(work, overridesOf(built.dir));
    const { stdout } = await execute(program, ['providers', 'schema', '-json'], { cwd: work, env });
    expect(stdout).toContain('"seqera_managed_credentials"');
  });
});
