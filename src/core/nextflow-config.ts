/** What a pipeline's nextflow.config says of itself: its manifest and the names of its profiles. Nothing of it is run. */

export interface ConfigFacts {
  manifest: Record<string, string>;
  profiles: string[];
}

const token =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|"""[\s\S]*?"""|'''[\s\S]*?'''|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|[{}=]|[\w.]+|\n/g;

const isText = (word: string): boolean => /^["']/.test(word);
const unquoted = (word: string): string => word.replace(/^("""|'''|["'])([\s\S]*)\1$/, '$2').trim();

/** Literal texts of `manifest` alone: what is computed stays unknown. */
export const configFacts = (text: string): ConfigFacts => {
  const words = (text.match(token) ?? []).filter((word) => !word.startsWith('//') && !word.startsWith('/*'));
  const manifest: Record<string, string> = {};
  const profiles: string[] = [];
  const path: string[] = [];
  words.forEach((word, at) => {
    const before = words[at - 1] ?? '';
    if (word === '{') {
      const name = /^[{}=\n]$/.test(before) ? '' : unquoted(before);
      if (path.length === 1 && path[0] === 'profiles' && name !== '') profiles.push(name);
      path.push(name);
    } else if (word === '}') path.pop();
    else if (word === '=') {
      const value = words[at + 1] ?? '';
      const name = [...path, unquoted(before)].join('.');
      const field = /^manifest\.(\w+)$/.exec(name)?.[1];
      if (field !== undefined && isText(value)) manifest[field] = unquoted(value);
    }
  });
  return { manifest, profiles: [...new Set(profiles)] };
};
