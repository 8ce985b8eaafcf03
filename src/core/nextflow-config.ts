/** What a pipeline's nextflow.config says of itself: its manifest and the names of its profiles. Nothing of it is run. */

export interface ConfigFacts {
  manifest: Record<string, string>;
  profiles: string[];
}

const plain = /[\w.]+/y;

/** At the quote that ends the text begun at `from`, or at the line's end where none does. */
const endOfText = (text: string, from: number): number => {
  const quote = text[from];
  let at = from + 1;
  while (at < text.length && text[at] !== quote && text[at] !== '\n') at += text[at] === '\\' ? 2 : 1;
  return at;
};

/** Names, texts, braces, `=` and ends of lines. One pass, for a stranger wrote it: what is never closed is left out. */
const wordsOf = (text: string): string[] => {
  const words: string[] = [];
  let at = 0;
  while (at < text.length) {
    const first = text[at] ?? '';
    const opening = ['"""', "'''", '/*', '//'].find((each) => text.startsWith(each, at));
    if (opening === '//') {
      const end = text.indexOf('\n', at);
      at = end < 0 ? text.length : end;
    } else if (opening !== undefined) {
      const closing = opening === '/*' ? '*/' : opening;
      const end = text.indexOf(closing, at + opening.length);
      if (end >= 0 && closing === opening) words.push(text.slice(at, end + closing.length));
      at = end < 0 ? text.length : end + closing.length;
    } else if (first === '"' || first === "'") {
      const end = endOfText(text, at);
      if (text[end] === first) words.push(text.slice(at, end + 1));
      at = text[end] === first ? end + 1 : end;
    } else {
      plain.lastIndex = at;
      const word = /[{}=\n]/.test(first) ? first : plain.exec(text)?.[0];
      if (word !== undefined) words.push(word);
      at += word?.length ?? 1;
    }
  }
  return words;
};

const isText = (word: string): boolean => /^["']/.test(word);
const unquoted = (word: string): string => word.replace(/^("""|'''|["'])([\s\S]*)\1$/, '$2').trim();

/** Literal texts of `manifest` alone: what is computed stays unknown. */
export const configFacts = (text: string): ConfigFacts => {
  const words = wordsOf(text);
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
    else if (word === '=' && path.length <= 1) {
      const value = words[at + 1] ?? '';
      const name = [...path, unquoted(before)].join('.');
      const field = /^manifest\.(\w+)$/.exec(name)?.[1];
      if (field !== undefined && isText(value)) manifest[field] = unquoted(value);
    }
  });
  return { manifest, profiles: [...new Set(profiles)] };
};
