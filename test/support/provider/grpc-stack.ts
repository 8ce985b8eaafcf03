/** A configuration driven without Terraform: read from its files, brought to the provider over gRPC. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hasUnknown, unknownValue, type Value, type ValueMap } from '#provider/values/value.ts';
import { type Core, type Kept, openCore, type Planned, Refused } from './core.ts';
import { evaluate, type Scope } from './evaluate.ts';
import { type Block, type Body, type Expression, parseHcl, referencesOf } from './hcl.ts';
import { type Plugin, startPlugin } from './plugin.ts';
import type { Outcome, Stack, StackOptions } from './stack.ts';

type Kind = 'resource' | 'data' | 'ephemeral';
interface Node {
  kind: Kind;
  type: string;
  address: string;
  /** As references name it. */
  key: string;
  body: Body;
  needs: string[];
}

interface Memory {
  resources: Record<string, Kept>;
  outputs: Record<string, unknown>;
}

const kinds: readonly string[] = ['resource', 'data', 'ephemeral'];
const meta = new Set(['depends_on', 'lifecycle', 'provider', 'count', 'for_each']);

const nodeOf = ({ type: kind, labels: [type = '', name = ''], body }: Block): Node => {
  const address = kind === 'resource' ? `${type}.${name}` : `${kind}.${type}.${name}`;
  const references = Object.values(body.attributes).flatMap(referencesOf);
  return {
    kind: kind as Kind,
    type,
    address,
    key: address,
    body,
    needs: references.flatMap((path) => [path.slice(0, 2).join('.'), path.slice(0, 3).join('.')]),
  };
};

/** Each after what it needs. */
const ordered = (nodes: readonly Node[]): Node[] => {
  const done: Node[] = [];
  const visit = (node: Node): void => {
    if (done.includes(node)) return;
    for (const need of node.needs) {
      const other = nodes.find((one) => one.key === need);
      if (other) visit(other);
    }
    done.push(node);
  };
  for (const node of nodes) visit(node);
  return done;
};

const addressOf = (expression: Expression | undefined): string =>
  expression?.kind === 'reference' ? expression.path.join('.') : '';

export const createGrpcStack = async (options: StackOptions): Promise<Stack> => {
  const dir = await mkdtemp(join(tmpdir(), 'latchkey-stack-'));
  const work = join(dir, 'config');
  await mkdir(work);
  const stateFile = join(work, 'terraform.tfstate');
  const program = join(options.providerDir, `terraform-provider-${options.provider}`);
  let [said, log] = ['', ''];

  const load = async (): Promise<Memory> =>
    JSON.parse(await readFile(stateFile, 'utf8').catch(() => '{"resources":{},"outputs":{}}')) as Memory;

  const configuration = async (): Promise<Body> => {
    const names = (await readdir(work)).filter((name) => name.endsWith('.tf')).toSorted();
    const bodies = await Promise.all(
      names.map(async (name) => parseHcl(await readFile(join(work, name), 'utf8'))),
    );
    return { attributes: {}, blocks: bodies.flatMap(({ blocks }) => blocks) };
  };

  const scopeOf = ({ blocks }: Body): Scope => {
    const scope: Scope = { dir: work, values: new Map() };
    for (const { type, labels, body } of blocks)
      if (type === 'variable') {
        const name = labels[0] ?? '';
        const given = options.variables?.[name];
        const otherwise = body.attributes['default'];
        if (given === undefined && !otherwise) throw new Error(`No value for required variable ${name}`);
        scope.values.set(`var.${name}`, given ?? (otherwise ? evaluate(otherwise, scope) : null));
      }
    for (const { type, body } of blocks)
      if (type === 'locals')
        for (const [name, value] of Object.entries(body.attributes))
          scope.values.set(`local.${name}`, evaluate(value, scope));
    return scope;
  };

  const written = (body: Body, scope: Scope): ValueMap =>
    Object.fromEntries(
      Object.entries(body.attributes)
        .filter(([name]) => !meta.has(name))
        .map(([name, value]): [string, Value] => [name, evaluate(value, scope)]),
    );

  interface Run {
    core: Core;
    plugin: Plugin;
    body: Body;
    scope: Scope;
    memory: Memory;
    say(text: string): void;
    closing: (() => Promise<unknown>)[];
  }

  /** One command, from the start of the provider to its end. */
  const command = async (
    work_: (run: Run) => Promise<boolean | undefined>,
    during?: (plugin: Plugin) => void,
  ): Promise<Outcome & { result: boolean | undefined }> => {
    let output = '';
    const say = (text: string) => void (output += `${text}\n`);
    const plugin = await startPlugin(program, options.environment);
    const closing: (() => Promise<unknown>)[] = [];
    let [ok, result]: [boolean, boolean | undefined] = [true, undefined];
    const memory = await load();
    try {
      during?.(plugin);
      const core = await openCore(plugin, options.provider, say);
      const body = await configuration();
      const scope = scopeOf(body);
      const block = body.blocks.find(
        ({ type, labels }) => type === 'provider' && labels[0] === options.provider,
      );
      await core.configure(block ? written(block.body, scope) : {});
      result = await work_({ core, plugin, body, scope, memory, say, closing });
    } catch (error) {
      ok = false;
      if (!(error instanceof Refused))
        say(`Error: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      for (const close of closing) await close();
      await plugin.close();
      said += output;
      log += plugin.log();
      await writeFile(stateFile, JSON.stringify(memory, null, 1));
    }
    return { ok, output, result };
  };

  /** State of earlier versions and other types, then what there is now. */
  const prepare = async ({ core, body, memory }: Run): Promise<void> => {
    for (const { type, body: moved } of body.blocks) {
      const [from, to] = [addressOf(moved.attributes['from']), addressOf(moved.attributes['to'])];
      const old = memory.resources[from];
      if (type !== 'moved' || !old || memory.resources[to]) continue;
      memory.resources[to] = await core.move(old, to.split('.')[0] ?? '', to);
      delete memory.resources[from];
    }
    for (const [address, kept] of Object.entries(memory.resources)) {
      const now = await core.refresh(address, await core.upgrade(address, kept));
      if (now) memory.resources[address] = now;
      else delete memory.resources[address];
    }
  };

  /** Plans everything, and with `applying` does it on the way. @returns whether there was anything to do */
  const walk = async (run: Run, applying: boolean): Promise<boolean> => {
    const { core, body, scope, memory, say } = run;
    const nodes = ordered(body.blocks.filter(({ type }) => kinds.includes(type)).map(nodeOf));
    let [changes, failed] = [false, false];
    const store = (address: string, kept: Kept | undefined): void => {
      if (kept) memory.resources[address] = kept;
      else delete memory.resources[address];
    };
    const perform = async ({ type, address }: Node, config: ValueMap, { action, values }: Planned) => {
      let kept = memory.resources[address];
      if (action === 'replace') {
        const gone = await core.apply(type, address, null, null, kept);
        store(address, gone.kept);
        if (gone.failed) return false;
        kept = undefined;
      }
      const done = await core.apply(type, address, config, values, kept);
      store(address, done.kept);
      return !done.failed;
    };

    const wanted = new Set(nodes.map(({ address }) => address));
    for (const [address, kept] of Object.entries(memory.resources).toReversed()) {
      if (wanted.has(address)) continue;
      changes = true;
      say(`# ${address} will be destroyed`);
      if (applying) store(address, (await core.apply(kept.type, address, null, null, kept)).kept);
    }
    const broken = new Set<string>();
    const pending = new Set<string>();
    for (const node of nodes) {
      const { kind, type, address, key } = node;
      if (node.needs.some((need) => broken.has(need))) {
        broken.add(key);
        continue;
      }
      try {
        const config = core.configFor(kind, type, written(node.body, scope));
        await core.validate(kind, type, address, config);
        if (kind === 'data') {
          const later = hasUnknown(config) || (!applying && node.needs.some((need) => pending.has(need)));
          scope.values.set(
            key,
            later ? core.unknownOf(kind, type) : await core.readData(type, address, config),
          );
        } else if (kind === 'ephemeral') {
          const opened = await core.open(type, address, config);
          run.closing.push(opened.close);
          scope.values.set(key, opened.values);
        } else {
          const planned = await core.plan(type, address, config, memory.resources[address]);
          if (planned.action !== 'none') {
            changes = true;
            pending.add(key);
            say(`# ${address} will be ${planned.action}d`);
          }
          let { values } = planned;
          if (applying && planned.action !== 'none') {
            if (!(await perform(node, config, planned))) throw new Refused(address);
            values = memory.resources[address]?.values ?? {};
          }
          scope.values.set(key, values);
        }
      } catch (error) {
        if (!(error instanceof Refused))
          say(`Error: ${address}: ${error instanceof Error ? error.message : String(error)}`);
        failed = true;
        broken.add(key);
      }
    }
    if (failed) throw new Refused();
    for (const { type, labels, body: output } of body.blocks) {
      const value = output.attributes['value'];
      if (type !== 'output' || !value) continue;
      const told = evaluate(value, scope);
      if (applying) memory.outputs[labels[0] ?? ''] = told === unknownValue ? null : told;
    }
    return changes;
  };

  const apply = (during?: (plugin: Plugin) => void): Promise<Outcome> =>
    command(async (run) => {
      await prepare(run);
      return walk(run, true);
    }, during);

  return {
    dir: work,
    write: async (files) => {
      for (const [name, content] of Object.entries(files)) await writeFile(join(work, name), content);
    },
    plan: async () => {
      const { ok, output, result } = await command(async (run) => {
        await prepare(run);
        return walk(run, false);
      });
      return { ok, output, changes: result ?? false };
    },
    apply: () => apply(),
    interruptedApply: (when) =>
      apply((plugin) => void when.then(() => plugin.call('StopProvider', {})).catch(() => undefined)),
    destroy: () =>
      command(async (run) => {
        await prepare(run);
        const { core, memory } = run;
        for (const [address, kept] of Object.entries(memory.resources).toReversed()) {
          const done = await core.apply(kept.type, address, null, null, kept);
          if (done.kept) memory.resources[address] = done.kept;
          else delete memory.resources[address];
          // What it stands on comes after it, and stays.
          if (done.failed) throw new Refused();
        }
        return true;
      }),
    validate: () => command((run) => walk(run, false)),
    import: (address, id) =>
      command(async ({ core, memory }) => {
        const imported = await core.import(address.split('.')[0] ?? '', address, id);
        const read = await core.refresh(address, imported);
        if (!read) throw new Error(`Cannot import non-existent remote object: ${address}`);
        memory.resources[address] = read;
        return true;
      }),
    state: async () => (await load()).resources,
    outputs: async () => (await load()).outputs,
    traces: async () => `${await readFile(stateFile, 'latin1').catch(() => '')}\n${said}${log}`,
    log: () => Promise.resolve(log),
    remove: () => rm(dir, { recursive: true, force: true }),
  };
};
