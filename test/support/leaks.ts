/** Where something that must stay secret could be found: files, and what all processes show of themselves. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Directories that vanish meanwhile are other people's. */
export const filesBelow = async (dir: string): Promise<string[]> => {
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => []);
  const found = await Promise.all(
    entries.map(async (entry): Promise<string[]> => {
      const path = join(dir, entry.name);
      if (entry.isDirectory()) return filesBelow(path);
      return entry.isFile() ? [path] : [];
    }),
  );
  return found.flat();
};

/** Those of the files that hold one of the needles. */
export const filesHolding = async (
  files: readonly string[],
  needles: readonly Buffer[],
): Promise<string[]> => {
  const found: string[] = [];
  for (const file of files) {
    const content = await readFile(file).catch(() => Buffer.alloc(0));
    if (needles.some((needle) => content.includes(needle))) found.push(file);
  }
  return found;
};

export interface ProcessText {
  /** `/proc/<pid>/cmdline` or `…/environ` */
  name: string;
  part: 'cmdline' | 'environ';
  uid: number;
  text: Buffer;
}

/** Command lines and environments of all other processes of this machine. */
export const processTexts = async (): Promise<ProcessText[]> => {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && name !== String(process.pid));
  const texts = await Promise.all(
    pids.flatMap((pid) =>
      (['cmdline', 'environ'] as const).map(async (part): Promise<ProcessText[]> => {
        const name = `/proc/${pid}/${part}`;
        try {
          return [{ name, part, uid: (await stat(`/proc/${pid}`)).uid, text: await readFile(name) }];
        } catch {
          return []; // It has ended meanwhile.
        }
      }),
    ),
  );
  return texts.flat();
};

/** As a node's out-of-memory killer does it: nobody in the job gets to say anything. */
export const killJob = async (user: { processes(): Promise<number[]> }, jobId: string): Promise<void> => {
  for (const pid of await user.processes()) {
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
    if (environment.split('\0').includes(`SLURM_JOB_ID=${jobId}`)) process.kill(pid, 'SIGKILL');
  }
};
