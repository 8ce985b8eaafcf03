/** What Nextflow's log says of a run as a whole. */
import type { RunFacts } from '#core/runs.ts';

const match = (lines: readonly string[], pattern: RegExp): RegExpExecArray | undefined =>
  lines.map((line) => pattern.exec(line)).find((found) => found !== null);

/** Facts stand in the log's beginning: a long one is not searched to its end. */
export const factsWithin = 262_144;

const telling =
  /^ {2}Version: |^ {2}Script_| - Launching `| - Repository URL: | - N E X T F L O W | - \$> | - Applying config profile: /;

/** Lines of a piece of the log that may hold facts; few and short, whatever a member writes into it. */
export const tellingLines = (piece: Buffer): string[] =>
  piece
    .toString('utf8')
    .split('\n')
    .filter((line) => telling.test(line))
    .slice(0, 30)
    .map((line) => line.slice(0, 1_500));

/**
 * @param lines of the log; those that tell nothing may be missing
 * @param fullCommit the log has the first digits alone
 */
export const logFacts = (lines: readonly string[], fullCommit?: string): RunFacts => {
  const [, launched, commit, revision] =
    match(lines, / - Launching `(.*)` \[.*\] \S+ - revision: ([0-9a-f]+) \[(.*)\]/) ?? [];
  const [, url, project] = match(lines, / - Repository URL: (.*); Project: ([^;]*);/) ?? [];
  const local = match(lines, / - Launching `(.*)` \[.*\] \S+ - revision: [0-9a-f]+$/)?.[1];
  const [, version, build] = match(lines, /^ {2}Version: (\S+)(?: build (\d+))?/) ?? [];
  const facts: Record<keyof RunFacts, string | undefined> = {
    commitId: fullCommit || commit,
    projectName: project ?? local?.split('/').at(-1),
    repository: url ?? launched ?? local,
    revision,
    nextflowVersion: version ?? match(lines, / - N E X T F L O W +~ +version (\S+)/)?.[1],
    nextflowBuild: build,
    commandLine: match(lines, / nextflow\.cli\.Launcher - \$> (.*)$/)?.[1],
    profile: match(lines, / - Applying config profile: `(.*)`$/)?.[1],
    scriptFile: match(lines, /^ {2}Script_[0-9a-f]+: (\/.*)$/)?.[1],
    resumedFrom: undefined,
  };
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined && value !== ''));
};
