/** What is committed under `docs/provider` is what the definitions say now, and says what a registry shows. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { resources } from '../catalogue.ts';
import { pages } from './pages.ts';

const folder = join(import.meta.dirname, '../../../docs/provider');

test('the committed pages are current: npm run provider:docs', async () => {
  const committed = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.md'));
  expect(committed.toSorted()).toEqual([...pages().keys()].toSorted());
  for (const [path, content] of pages())
    expect(await readFile(join(folder, path), 'utf8'), path).toBe(content);
});

test('every page has front matter, a schema and, where there is something to import, an import', () => {
  for (const [path, content] of pages()) {
    expect(content, path).toMatch(/^---\npage_title: ".+"\nsubcategory: ".*"\ndescription: \|-\n {2}\S/);
    expect(content, path).toContain('\n## Schema\n');
    expect(content, path).not.toContain('PREFIX_');
    if (path.startsWith('resources/')) expect(content, path).toContain('\n## Import\n');
  }
});

test('the documented example of the published resource is covered', () => {
  const attributes = resources.get('managed_credentials')?.attributes ?? {};
  const traits = (name: string) => {
    expect(Object.keys(attributes)).toContain(name);
    const { required, optional, computed } = attributes[name] ?? {};
    return { required, optional, computed };
  };
  const mine = { required: undefined, optional: true, computed: true };
  expect(traits('managed_identity_id')).toMatchObject({ required: true });
  expect(traits('org_id')).toMatchObject({ required: true });
  for (const name of ['checked', 'credential_provider', 'managed_credentials_id', 'user_id'])
    expect(traits(name), name).toEqual(mine);
  for (const name of ['total_size', 'user_name'])
    expect(traits(name), name).toEqual({ required: undefined, optional: undefined, computed: undefined });
});
