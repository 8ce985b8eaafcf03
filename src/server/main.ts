/** `npm start`: settings, database, root key, then the house; says for people what they need to know. */
import { enableCompileCache, flushCompileCache } from 'node:module';

// Saves about half of the start: nothing is compiled twice. Beside the packages and not in a temporary directory, where
// others could put what we run. `npm start` sets it before Node begins: only then is this file remembered too.
enableCompileCache(new URL('../../node_modules/.cache/latchkey', import.meta.url).pathname);
const { serve } = await import('./serve.ts');
await serve(process.env);
// Else written at the end alone, which not every process lives to see.
flushCompileCache();
