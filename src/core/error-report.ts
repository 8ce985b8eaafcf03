/**
 * What Nextflow writes when a task ends a run: headings at the margin, what belongs to them indented by two. The same text
 * comes over HTTP, on standard output and, without blank lines, in the log.
 */

export interface ErrorReport {
  /** What went wrong, in Nextflow's words. */
  cause: string | null;
  /** The task's; null where it has none. */
  exitStatus: number | null;
  /** What the command wrote to standard error; where that is nothing, to standard output. As Nextflow itself reports it. */
  said: string | null;
  workDir: string | null;
}

const heading =
  /^(Caused by|Source block|Work dir|Container|Command (?:executed(?: \[.*\])?|exit status|output|error|wrapper)):\s*$/;
const isAfterwards = /^(?:Tip: | -- Check )/;

/** @returns null for any other text */
export const errorReport = (text: string): ErrorReport | null => {
  if (!/^(?:ERROR ~ )?Error (?:executing|submitting) process/.test(text)) return null;
  const sections = new Map<string, string[]>();
  let lines: string[] = [];
  for (const line of text.split('\n')) {
    const [, name] = heading.exec(line) ?? [];
    if (name === undefined && !isAfterwards.test(line)) {
      lines.push(line.replace(/^ {2}/, ''));
      continue;
    }
    lines = [];
    // A second section of a name would be the command's own words.
    if (name !== undefined && !sections.has(name)) sections.set(name, lines);
  }
  const section = (name: string): string | null => {
    const found = sections.get(name)?.join('\n').trim() ?? '';
    return found === '' || found === '(empty)' ? null : found;
  };
  const exit = section('Command exit status');
  return {
    cause: section('Caused by'),
    exitStatus: exit !== null && /^\d{1,9}$/.test(exit) ? Number(exit) : null,
    said: section('Command error') ?? section('Command output'),
    workDir: section('Work dir'),
  };
};

/** For the task's row: the cause, and what its command said. */
export const taskError = ({ cause, said }: ErrorReport): string | null =>
  [cause, said].filter((part) => part !== null).join('\n') || null;
