/** A configuration driven by the real `terraform` or `tofu`. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import type { Outcome, ResourceState, Stack, StackOptions } from './stack.ts';

/** Settings of the machine must not decide how a test ends. */
const bareEnvironment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(TF_|TOFU_|LATCHKEY_|TOWER_)/.test(name)),
  );

/** Where providers come from: a built folder, under every name that a configuration may give it. */
export const overridesOf = (providerDir: string): string => {
  const sources = ['latchkey', 'seqera'].flatMap((name) =>
    ['latchkey', 'seqeralabs', 'hashicorp'].map(
      (namespace) => `    "${namespace}/${name}" = "${providerDir}"`,
    ),
  );
  return `provider_installation {\n  dev_overrides {\n${sources.join('\n')}\n  }\n  direct {}\n}\n`;
};

/** As the documentation has it. */
export const mirrorOf = (path: string): string =>
  `provider_installation {\n  filesystem_mirror {\n    path    = "${path}"\n    include = ["latchkey/*", "seqeralabs/*"]\n  }\n  direct {\n    exclude = ["latchkey/*", "seqeralabs/*"]\n  }\n}\n`;

/** For commands of theirs in a folder whose `terraformrc` says this. */
export const environmentFor = async (dir: string, installation: string): Promise<NodeJS.ProcessEnv> => {
  const rc = join(dir, 'terraformrc');
  await writeFile(rc, installation);
  return { ...bareEnvironment(), TF_CLI_CONFIG_FILE: rc, TF_IN_AUTOMATION: '1', CHECKPOINT_DISABLE: '1' };
};

/** The members of a zip file: what a plan file is. */
const unzip = (file: Buffer): string => {
  const parts: string[] = [];
  let at = file.lastIndexOf('PK\u0005\u0006', undefined, 'latin1');
  let next = file.readUInt32LE(at + 16);
  for (let count = file.readUInt16LE(at + 10); count > 0; count -= 1) {
    const local = file.readUInt32LE(next + 42);
    const begin = local + 30 + file.readUInt16LE(local + 26) + file.readUInt16LE(local + 28);
    const packed = file.subarray(begin, begin + file.readUInt32LE(next + 20));
    parts.push((file.readUInt16LE(next + 10) === 0 ? packed : inflateRawSync(packed)).toString('latin1'));
    at = next;
    next += 46 + file.readUInt16LE(at + 28) + file.readUInt16LE(at + 30) + file.readUInt16LE(at + 32);
  }
  return parts.join('\n');
};

/** Version 4, as far as it is needed. Read from the file: `show` would start the provider once more each time. */
interface StateFile {
  outputs?: Record<string, { value: unknown }>;
  resources?: {
    mode: string;
    type: string;
    name: string;
    instances: { attributes: Record<string, unknown>; status?: string }[];
  }[];
}

export const createTerraformStack = async (program: string, options: StackOptions): Promise<Stack> => {
  const dir = await mkdtemp(join(tmpdir(), 'latchkey-stack-'));
  const work = join(dir, 'config');
  await mkdir(work);
  const common = await environmentFor(dir, overridesOf(options.providerDir));
  // Where a configuration says nothing else: our own place in the registry.
  await writeFile(
    join(work, 'versions.tf'),
    `terraform {\n  required_providers {\n    ${options.provider} = { source = "latchkey/${options.provider}" }\n  }\n}\n`,
  );
  const log = join(dir, 'trace.log');
  let said = '';

  const start = (words: string[], { ownGroup = false } = {}) => {
    const child = spawn(program, words, {
      cwd: work,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: ownGroup,
      env: {
        ...common,
        TF_LOG: 'trace',
        TF_LOG_PATH: log,
        ...Object.fromEntries(
          Object.entries(options.variables ?? {}).map(([name, value]) => [`TF_VAR_${name}`, String(value)]),
        ),
        ...options.environment,
      },
    });
    let output = '';
    child.stdout.on('data', (chunk) => (output += String(chunk)));
    child.stderr.on('data', (chunk) => (output += String(chunk)));
    const ended = new Promise<{ code: number | null; output: string }>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => {
        // The plugin died before it said a word: why stands in the log alone.
        if (output.includes('Unrecognized remote plugin message'))
          output += readFileSync(log, 'latin1').split('\n').slice(-40).join('\n');
        said += output;
        resolve({ code, output });
      });
    });
    return { child, ended };
  };
  const run = (...words: string[]) => start(words).ended;
  const outcome = ({ code, output }: { code: number | null; output: string }): Outcome => ({
    ok: code === 0,
    output,
  });
  const stored = async (): Promise<StateFile> =>
    JSON.parse(await readFile(join(work, 'terraform.tfstate'), 'utf8').catch(() => '{}')) as StateFile;
  const quiet = ['-input=false', '-no-color'];

  return {
    dir: work,
    write: async (files) => {
      for (const [name, content] of Object.entries(files)) await writeFile(join(work, name), content);
    },
    plan: async () => {
      const { code, output } = await run('plan', '-detailed-exitcode', ...quiet);
      return { ok: code === 0 || code === 2, changes: code === 2, output };
    },
    apply: async () => {
      if (!options.planFiles) return outcome(await run('apply', '-auto-approve', ...quiet));
      const planned = await run('plan', '-out=plan.tfplan', ...quiet);
      if (planned.code !== 0) return outcome(planned);
      const applied = await run('apply', ...quiet, 'plan.tfplan');
      return { ok: applied.code === 0, output: planned.output + applied.output };
    },
    destroy: async () => outcome(await run('destroy', '-auto-approve', ...quiet)),
    validate: async () => outcome(await run('validate', '-no-color')),
    import: async (address, id) => outcome(await run('import', ...quiet, address, id)),
    state: async () => {
      const managed = ((await stored()).resources ?? []).filter(({ mode }) => mode === 'managed');
      return Object.fromEntries(
        managed.flatMap(({ type, name, instances }) =>
          instances.map(({ attributes, status }): [string, ResourceState] => [
            `${type}.${name}`,
            { values: attributes, tainted: status === 'tainted' },
          ]),
        ),
      );
    },
    outputs: async () =>
      Object.fromEntries(
        Object.entries((await stored()).outputs ?? {}).map(([name, { value }]) => [name, value]),
      ),
    interruptedApply: async (when) => {
      const { child, ended } = start(['apply', '-auto-approve', ...quiet], { ownGroup: true });
      // As a terminal's Ctrl-C: the provider gets it, too.
      void when.then(() => child.pid !== undefined && process.kill(-child.pid, 'SIGINT'));
      return outcome(await ended);
    },
    traces: async () => {
      const files = await readdir(work, { recursive: true });
      if (!files.includes('plan.tfplan')) throw new Error('there is no plan to be searched: planFiles');
      const contents = await Promise.all(
        files
          .filter((name) => /\.tfstate|\.tfplan/.test(name))
          .map(async (name) => {
            const content = await readFile(join(work, name));
            return name.endsWith('.tfplan') ? unzip(content) : content.toString('latin1');
          }),
      );
      return [...contents, said, await readFile(log, 'latin1')].join('\n');
    },
    log: () => readFile(log, 'latin1'),
    remove: () => rm(dir, { recursive: true, force: true }),
  };
};
