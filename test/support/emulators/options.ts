/** Command lines and script directives of submit commands, as the emulated systems read them. */

export interface Parsed {
  /** Values of each option, in order; flags have ''. */
  options: Map<string, string[]>;
  operands: string[];
  /** The first option that is not known. */
  unknown?: string;
}

/** @param values options with a value; @param flags those without. `attached`: `-lfoo` is `-l foo`. */
export const parseOptions = (
  words: readonly string[],
  values: ReadonlySet<string>,
  flags: ReadonlySet<string>,
  attached = false,
): Parsed => {
  const options = new Map<string, string[]>();
  const add = (name: string, value: string) => options.set(name, [...(options.get(name) ?? []), value]);
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (!word.startsWith('-') || word === '-') return { options, operands: words.slice(at) };
    if (values.has(word)) add(word, words[(at += 1)] ?? '');
    else if (flags.has(word)) add(word, '');
    else if (attached && values.has(word.slice(0, 2))) add(word.slice(0, 2), word.slice(2));
    else return { options, operands: words.slice(at), unknown: word };
  }
  return { options, operands: [] };
};

/** Words of a line, quotes taken off. */
const wordsOf = (line: string): string[] =>
  [...line.matchAll(/(?:"((?:\\.|[^"])*)"|'([^']*)'|([^\s"']+))+/g)].map((match) =>
    match[0].replaceAll(
      /"((?:\\.|[^"])*)"|'([^']*)'/g,
      (_, double?: string, single?: string) => double ?? single ?? '',
    ),
  );

/** Words of a script's directives (`#PBS -N x`), up to its first command. */
export const directives = (script: string, mark: string): string[] => {
  const words: string[] = [];
  for (const line of script.split('\n')) {
    if (line.startsWith(`${mark} `)) words.push(...wordsOf(line.slice(mark.length + 1)));
    else if (line.trim() !== '' && !line.startsWith('#')) break;
  }
  return words;
};

export const set = (names: string): ReadonlySet<string> => new Set(names.split(/\s+/));

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const two = (value: number) => String(value).padStart(2, '0');
const clock = (date: Date) => `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;

/** `Nov 22 18:36` */
export const shortTime = (date: Date): string =>
  `${months[date.getMonth()]} ${String(date.getDate()).padStart(2)} ${clock(date).slice(0, 5)}`;

/** `Sun Nov 22 18:36:05`, with the year where asked. */
export const longTime = (date: Date, year = false): string =>
  `${days[date.getDay()]} ${months[date.getMonth()]} ${String(date.getDate()).padStart(2)} ${clock(date)}${year ? ` ${date.getFullYear()}` : ''}`;

/** `H:MM:SS`, `MM:SS` or seconds. */
export const seconds = (text: string): number =>
  text.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
