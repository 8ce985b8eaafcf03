/** A copy of the checkout as it stands, to be broken; the checkout itself is never touched. */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** What one run of tests came to, by the names of those that ran. */
export interface Verdict {
  green: string[];
  red: string[];
  /** Why there is no verdict: a file that does not load, a set-up that failed. */
  nothing: string | null;
}

interface Report {
  testResults: {
    message: string;
    assertionResults: { status: string; fullName: string }[];
  }[];
}

export interface Copy {
  dir: string;
  test(file: string, named: string | undefined): Promise<Verdict>;
  remove(): Promise<void>;
}

const listed = async (root: string): Promise<string[]> => {
  const { stdout } = await execute('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout.split('\0').filter((name) => name !== '');
};

export const copyOf = async (root: string): Promise<Copy> => {
  const dir = await mkdtemp(join(tmpdir(), 'latchkey-breaks-'));
  for (const name of await listed(root)) {
    await mkdir(dirname(join(dir, name)), { recursive: true });
    // A file that git still lists may be gone.
    await cp(join(root, name), join(dir, name)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
  }
  await symlink(join(root, 'node_modules'), join(dir, 'node_modules'));

  const test = async (file: string, named: string | undefined): Promise<Verdict> => {
    const output = join(dir, 'verdict.json');
    await rm(output, { force: true });
    const words = ['--configLoader=native', 'run', file, '--reporter=json', `--outputFile.json=${output}`];
    const failed = await execute(
      process.execPath,
      [join('node_modules', 'vitest', 'vitest.mjs'), ...words, ...(named ? ['-t', named] : [])],
      { cwd: dir, maxBuffer: 64 * 1024 * 1024 },
    ).then(
      () => null,
      (error: unknown) => String(error),
    );
    const report: Report | null = await readFile(output, 'utf8').then(JSON.parse, () => null);
    const results = report?.testResults ?? [];
    const tests = results.flatMap(({ assertionResults }) => assertionResults);
    const which = (wanted: string): string[] =>
      tests.filter(({ status }) => status === wanted).map(({ fullName }) => fullName);
    const green = which('passed');
    const red = which('failed');
    const message = results.map((result) => result.message).find((text) => text !== '') ?? failed;
    return {
      green,
      red,
      nothing: green.length + red.length > 0 ? null : (message ?? 'no test has such a name').slice(0, 500),
    };
  };
  return { dir, test, remove: () => rm(dir, { recursive: true, force: true }) };
};
