/** The dependency rule is worth what refuses its violations: each rule is shown to fire. */
import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const repository = join(import.meta.dirname, '../..');
let house: string;

beforeEach(async () => {
  house = await mkdtemp(join(tmpdir(), 'latchkey-rules-'));
  for (const file of ['.oxlintrc.json', 'package.json', 'tsconfig.json'])
    await copyFile(join(repository, file), join(house, file));
  await symlink(join(repository, 'node_modules'), join(house, 'node_modules'));
});
afterEach(() => rm(house, { recursive: true }));

const put = async (path: string, content: string): Promise<void> => {
  await mkdir(dirname(join(house, path)), { recursive: true });
  await writeFile(join(house, path), content);
};

/** What oxlint says about the house, one line per problem: `path: message [rule]`. */
const lint = (typeAware = false): Promise<string> =>
  new Promise((resolve) => {
    const oxlint = join(repository, 'node_modules/oxlint/bin/oxlint');
    const options = ['-f', 'unix', '--deny-warnings', ...(typeAware ? ['--type-aware'] : [])];
    execFile(process.execPath, [oxlint, ...options, 'src'], { cwd: house }, (_failed, stdout) =>
      resolve(stdout),
    );
  });

/** Lints one file that imports `target`, which exists. */
const importing = async (file: string, target: string): Promise<string> => {
  await put(file, `import { thing } from '${target}';\nexport const made = thing;\n`);
  return lint();
};

const may: Record<string, string[]> = {
  core: [],
  contract: ['core'],
  store: ['core'],
  vault: ['core'],
  ssh: ['core'],
  schedulers: ['core'],
  git: ['core'],
  actions: ['core'],
  launcher: ['core'],
  api: ['core', 'contract', 'actions'],
  server: ['core', 'contract', 'actions', 'api'],
  client: ['core', 'contract'],
  cli: ['core', 'contract', 'server', 'client'],
  provider: ['core', 'contract', 'client'],
};

test('every room of package.json has its rule', async () => {
  const { imports } = JSON.parse(await readFile(join(repository, 'package.json'), 'utf8')) as {
    imports: Record<string, string>;
  };
  const rooms = Object.keys(imports).map((name) => name.slice(1, -2));
  expect(rooms.filter((room) => room !== 'test' && !(room in may))).toEqual([]);
});

describe.each(Object.keys(may))('room %s', (room) => {
  test('imports what it may and nothing else, however it spells it', async () => {
    const others = Object.keys(may).filter((other) => other !== room);
    for (const other of [...Object.keys(may), 'test']) {
      const statement = `import type { A${other} } from '#${other}/a.ts';\nexport type B = A${other};\n`;
      await put(`src/${room}/by-name-${other}.ts`, statement);
      await put(`src/${room}/deep/by-name-${other}.ts`, statement);
    }
    for (const other of others) {
      await put(
        `src/${room}/by-path-${other}.ts`,
        `import type { A } from '../${other}/a.ts';\nexport type B = A;\n`,
      );
      await put(
        `src/${room}/deep/by-path-${other}.ts`,
        `import type { A } from '../../${other}/a.ts';\nexport type B = A;\n`,
      );
    }
    await put(
      `src/${room}/own.ts`,
      `import { one } from './one.ts';\nimport { two } from './deep/two.ts';\nexport const three = one + two;\n`,
    );
    await put(`src/${room}/deep/own.ts`, `import { one } from '../one.ts';\nexport const two = one;\n`);

    const refused = new Set(
      (await lint())
        .split('\n')
        .filter((line) => line.includes('no-restricted-imports'))
        .map((line) => line.split(':')[0] ?? ''),
    );
    const forbidden = [...Object.keys(may), 'test'].filter((other) => !may[room]?.includes(other));
    const expected = [
      ...forbidden.map((other) => `by-name-${other}.ts`),
      ...others.map((other) => `by-path-${other}.ts`),
    ].flatMap((name) => [`src/${room}/${name}`, `src/${room}/deep/${name}`]);
    expect([...refused].sort()).toEqual(expected.sort());
  });
});

test('core uses no package and no Node module that does I/O', async () => {
  for (const target of ['zod', '@fastify/cookie', 'node:fs', 'node:child_process', 'node:net'])
    expect(await importing('src/core/ports/a.ts', target), target).toContain('no-restricted-imports');
  for (const target of ['node:crypto', './ids.ts', '../people.ts'])
    expect(await importing('src/core/ports/a.ts', target), target).not.toContain('no-restricted-imports');
});

test('compose.ts alone may import adapters', async () => {
  expect(await importing('src/server/compose.ts', '#store/open.ts')).toBe('');
  expect(await importing('src/server/main.ts', '#store/open.ts')).toContain('src/server/main.ts');
});

test('tests may import any room, but by its name', async () => {
  expect(await importing('src/ssh/a.real.test.ts', '#vault/open.ts')).toBe('');
  expect(await importing('src/ssh/a.real.test.ts', '../vault/open.ts')).toContain('no-restricted-imports');
});

test('circles, also through room names', async () => {
  await put('src/core/a.ts', `import { b } from './b.ts';\nexport const a = (): number => b();\n`);
  await put('src/core/b.ts', `import { a } from './a.ts';\nexport const b = (): number => a();\n`);
  expect(await lint()).toContain('no-cycle');
  await rm(join(house, 'src'), { recursive: true });
  await put('src/server/a.ts', `import { b } from '#api/b.ts';\nexport const a = (): number => b();\n`);
  await put('src/api/b.ts', `import { a } from '#server/a.ts';\nexport const b = (): number => a();\n`);
  expect(await lint()).toContain('no-cycle');
});

test('any, long files, forgotten promises and forgotten cases', async () => {
  await put('src/ssh/any.ts', `export const open = (value: any): unknown => value;\n`);
  await put('src/ssh/long.ts', 'export {};\n'.repeat(301));
  await put(
    'src/ssh/promise.ts',
    `const work = async () => 1;\nexport const start = () => {\n  work();\n};\n`,
  );
  await put(
    'src/ssh/cases.ts',
    `export const f = (x: 'a' | 'b') => {\n  switch (x) {\n    case 'a':\n      return 1;\n  }\n  return 2;\n};\n`,
  );
  const said = await lint(true);
  const about = (file: string) =>
    said
      .split('\n')
      .filter((line) => line.startsWith(`src/ssh/${file}`))
      .join('\n');
  expect(about('any.ts')).toContain('no-explicit-any');
  expect(about('long.ts')).toContain('max-lines');
  expect(about('promise.ts')).toContain('no-floating-promises');
  expect(about('cases.ts')).toContain('switch-exhaustiveness-check');
});
