/** npm run provider:docs: writes docs/provider anew from the provider's definitions. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pages } from '#provider/docs/pages.ts';

const folder = join(import.meta.dirname, '../docs/provider');
await rm(folder, { recursive: true, force: true });
for (const [path, content] of pages()) {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), content);
}
console.log(`${pages().size} pages in ${folder}`);
