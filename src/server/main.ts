/** `npm start`: settings, database, root key, then the house; says for people what they need to know. */
import { enableCompileCache } from 'node:module';

// Saves about half of the start: nothing is compiled twice.
enableCompileCache();
const { serve } = await import('./serve.ts');
await serve(process.env);
