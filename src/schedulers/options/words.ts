/** Takes the option texts that people type apart into words, as a shell would, but fills nothing in. */
import { badRequest } from '#core/errors.ts';

/**
 * Blanks part words; single and double quotes and the backslash keep what follows as it is. `$`, `*` and the rest of
 * what a shell would act on are plain characters.
 * @throws AppError 400 for an open quote or a control character
 */
export const splitWords = (typed: string, field = 'headJobOptions'): string[] => {
  const characters = Array.from(typed.replaceAll('\r\n', '\n'));
  if (characters.some((each) => (each < ' ' && each !== '\t' && each !== '\n') || each === '\x7f'))
    throw badRequest(`${field}: control characters cannot be part of an option`, { field });
  const words: string[] = [];
  let word: string | null = null;
  let quote = '';
  for (let at = 0; at < characters.length; at += 1) {
    const character = characters[at] ?? '';
    const next = characters[at + 1];
    if (quote === '' && /[ \t\n]/.test(character)) {
      if (word !== null) words.push(word);
      word = null;
    } else if (quote === '' && (character === "'" || character === '"')) {
      quote = character;
      word ??= '';
    } else if (character === quote) {
      quote = '';
    } else if (
      character === '\\' &&
      next !== undefined &&
      (quote === '' || (quote === '"' && /["\\]/.test(next)))
    ) {
      at += 1;
      if (next !== '\n') word = (word ?? '') + next;
    } else {
      word = (word ?? '') + character;
    }
  }
  if (quote !== '') throw badRequest(`${field}: a ${quote} is opened and never closed`, { field });
  if (word !== null) words.push(word);
  if (words.some((each) => each.includes('\n')))
    throw badRequest(`${field}: an option cannot hold a line break`, { field });
  return words;
};
