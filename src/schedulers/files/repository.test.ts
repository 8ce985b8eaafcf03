/** The script that reads repositories on clusters, run here on real ones. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { parseRepository, readRepository } from './repository.ts';

const dir = mkdtempSync(join(tmpdir(), 'repository-'));
afterAll(() => rmSync(dir, { recursive: true }));

const git = (at: string, ...words: string[]) =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', '-C', at, ...words]);

const read = (pipeline: string, revision?: string, files = ['nextflow_schema.json', 'sub/x y.txt']) => {
  const query = { pipeline, revision, files };
  const { argv, stdin } = readRepository(query);
  const [program = '', ...words] = argv.map(String);
  const run = spawnSync(program, words, { input: String(stdin) });
  const result = {
    exitCode: run.status ?? 1,
    stdout: run.stdout,
    stderr: run.stderr,
    timedOut: false,
    truncated: false,
  };
  return parseRepository(result, query);
};

test('a Git repository, at the revision asked for; a directory as it lies there', () => {
  const at = join(dir, "it's one");
  mkdirSync(join(at, 'sub'), { recursive: true });
  git(at, 'init', '--quiet', '-b', 'main');
  writeFileSync(join(at, 'main.nf'), 'workflow {}');
  const long = JSON.stringify({ text: 'ü'.repeat(50_000) });
  writeFileSync(join(at, 'nextflow_schema.json'), long);
  writeFileSync(join(at, 'sub', 'x y.txt'), 'a\nlatchkey: end \nb');
  git(at, 'add', '.');
  git(at, 'commit', '--quiet', '-m', 'one');
  git(at, 'tag', 'v1');
  writeFileSync(join(at, 'nextflow_schema.json'), '2');
  git(at, 'commit', '--quiet', '-am', 'two');
  writeFileSync(join(at, 'nextflow_schema.json'), 'not committed');

  const tagged = read(`file://${at}`, 'v1');
  expect(tagged.files).toEqual({ 'nextflow_schema.json': long, 'sub/x y.txt': 'a\nlatchkey: end \nb' });
  expect(tagged).toMatchObject({ revisions: ['main', 'v1'], defaultRevision: 'main' });
  expect(tagged.commitId).toMatch(/^[0-9a-f]{40}$/);
  expect(read(`file:${at}`).files['nextflow_schema.json']).toBe('2');
  expect(read(at).files['nextflow_schema.json']).toBe('not committed');
  expect(read(join(at, 'main.nf')).files['nextflow_schema.json']).toBe('not committed');
  const bare = join(dir, 'bare.git');
  git(dir, 'clone', '--quiet', '--bare', at, bare);
  expect(read(`file://${bare}`, 'main').files['nextflow_schema.json']).toBe('2');
  expect(() => read(`file://${at}`, 'nope')).toThrow('revision: nope is no branch, tag or commit');
  expect(() => read(`file://${at}`, '--help')).toThrow('revision: --help is no branch');
  expect(() => read('/nowhere/at/all')).toThrow('there is no directory /nowhere/at/all on the cluster');
});

test('nothing outside the directory is read, by whatever way', () => {
  const at = join(dir, 'plain');
  mkdirSync(join(at, 'sub'), { recursive: true });
  mkdirSync(join(dir, 'plain-next'));
  for (const place of [join(dir, 'secret'), join(dir, 'plain-next', 'secret'), join(at, 'sub', 'within')])
    writeFileSync(place, place);
  symlinkSync(join(dir, 'secret'), join(at, 'link'));
  symlinkSync('sub/within', join(at, 'link-within'));
  symlinkSync(at, join(dir, 'linked'));
  const names = ['../secret', 'sub/../../secret', '../plain-next/secret', 'link', 'link-within', 'none'];
  const within = { 'link-within': join(at, 'sub', 'within') };
  expect(read(at, undefined, names).files).toEqual(within);
  expect(read(join(dir, 'linked'), undefined, names).files).toEqual(within);
});

test('a repository that somebody put above the directory is not asked', () => {
  const above = join(dir, 'above');
  mkdirSync(join(above, 'pipeline'), { recursive: true });
  writeFileSync(join(above, 'pipeline', 'nextflow_schema.json'), 'mine');
  git(above, 'init', '--quiet', '-b', 'main');
  git(above, 'commit', '--quiet', '--allow-empty', '-m', 'one');
  for (const at of [join(above, 'pipeline'), `file://${join(above, 'pipeline')}`])
    expect(read(at)).toMatchObject({ files: { 'nextflow_schema.json': 'mine' }, commitId: null });
});

test('nothing that a repository configures is run', () => {
  const at = join(dir, 'hostile');
  mkdirSync(at);
  git(at, 'init', '--quiet', '-b', 'main');
  writeFileSync(join(at, 'nextflow_schema.json'), '1');
  writeFileSync(join(at, '.gitattributes'), '* diff=evil filter=evil\n');
  git(at, 'add', '.');
  git(at, 'commit', '--quiet', '-m', 'one');
  const evil = `touch ${join(dir, 'ran')}`;
  for (const key of [
    'core.fsmonitor',
    'core.sshCommand',
    'core.pager',
    'core.editor',
    'core.alternateRefsCommand',
    'diff.evil.textconv',
    'diff.external',
    'filter.evil.smudge',
    'filter.evil.clean',
    'credential.helper',
    'uploadpack.packObjectsHook',
    'remote.origin.uploadpack',
    'alias.rev-parse',
    'alias.cat-file',
  ])
    git(at, 'config', key, key.startsWith('alias') || key === 'credential.helper' ? `!${evil}` : evil);
  git(at, 'config', 'remote.origin.url', `ext::sh -c ${evil.replaceAll(' ', '% ')}`);
  git(at, 'config', 'protocol.allow', 'always');
  git(at, 'config', 'remote.origin.promisor', 'true');
  git(at, 'config', 'extensions.partialClone', 'origin');
  git(at, 'config', 'core.repositoryFormatVersion', '1');
  for (const name of ['post-checkout', 'reference-transaction', 'post-index-change'])
    writeFileSync(join(at, '.git', 'hooks', name), `#!/bin/sh\n${evil}\n`, { mode: 0o755 });
  expect(read(`file://${at}`).files['nextflow_schema.json']).toBe('1');
  expect(() => read(`file://${at}`, '0123456789012345678901234567890123456789')).toThrow('revision');
  expect(existsSync(join(dir, 'ran'))).toBe(false);
});

test('a cut answer is none', () => {
  const query = { pipeline: '/x', files: [] };
  const half = Buffer.from('latchkey: outcome read\n');
  const result = { exitCode: 0, stdout: half, stderr: Buffer.alloc(0), timedOut: false, truncated: false };
  expect(() => parseRepository(result, query)).toThrow('/x could not be read');
});
