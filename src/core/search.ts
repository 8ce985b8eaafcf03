/** Search texts as people type them: free words and `keyword:value` pairs. */

export interface Search {
  /** What is left when the keywords are taken out; absent when nothing is. */
  text?: string;
  /** The same, when it is one piece in double quotes: people mean exactly that. */
  exact?: string;
  /** Values by keyword, in the order typed; lower case keyword, value as typed. */
  keywords: Map<string, string[]>;
}

const piece = /(?:([A-Za-z]+):)?(?:"([^"]*)"|(\S+))/g;

/**
 * Splits a search text. Only `known` keywords count; anything else with a colon (a URL, a time) stays free text. Values
 * and words may stand in double quotes.
 */
export const parseSearch = (input: string | undefined, known: readonly string[]): Search => {
  const words: string[] = [];
  let quotes = 0;
  const keywords = new Map<string, string[]>();
  for (const [whole, keyword, quoted, bare] of (input ?? '').matchAll(piece)) {
    const value = quoted ?? bare ?? '';
    const key = keyword?.toLowerCase();
    if (key !== undefined && known.includes(key)) keywords.set(key, [...(keywords.get(key) ?? []), value]);
    else {
      words.push(keyword === undefined ? value : whole);
      if (keyword === undefined && quoted !== undefined) quotes += 1;
    }
  }
  const text = words.join(' ').trim();
  if (text === '') return { keywords };
  return { text, ...(words.length === 1 && quotes === 1 && { exact: text }), keywords };
};
