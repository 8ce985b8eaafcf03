/** `latchkey doctor`: everything that the server leans on, each with the cure where it is not as it should be. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { promisify } from 'node:util';
import { openFoundation } from '#server/compose.ts';
import { readSettings, type Settings } from '#server/settings.ts';

const execute = promisify(execFile);

interface Finding {
  part: string;
  ok: boolean;
  /** What was found, or what is wrong and the cure. */
  text: string;
}

/** First OpenSSH whose client binds the agent to the session (`session-bind@openssh.com`). */
const oldestSsh = [8, 9] as const;

/** Room that a database, its log and a busy day need. */
const leastFreeBytes = 500 * 1024 * 1024;

const checkStore = async (settings: Settings): Promise<Finding[]> => {
  if (settings.database.startsWith('sqlite:') && !existsSync(settings.database.slice('sqlite:'.length))) {
    return [
      {
        part: 'database',
        ok: true,
        text: `${settings.database}: not made yet; the first start makes it, and the root key`,
      },
    ];
  }
  try {
    const { store, rootKey } = await openFoundation(settings);
    rootKey.fill(0);
    await store.ping();
    await store.close();
    return [
      { part: 'database', ok: true, text: 'answers, schema up to date' },
      {
        part: 'root key',
        ok: true,
        text: `${settings.rootKeyFile} opens this database. Is there a copy elsewhere?`,
      },
    ];
  } catch (error) {
    return [{ part: 'database and root key', ok: false, text: (error as Error).message }];
  }
};

const checkSsh = async (): Promise<Finding> => {
  const cure = 'Install it: apt-get install openssh-client';
  try {
    const { stderr, stdout } = await execute('ssh', ['-V']);
    const found = `${stderr}${stdout}`.trim();
    const [, major, minor] = /OpenSSH_(\d+)\.(\d+)/.exec(found) ?? [];
    const recent =
      Number(major) > oldestSsh[0] || (Number(major) === oldestSsh[0] && Number(minor) >= oldestSsh[1]);
    return recent
      ? { part: 'ssh', ok: true, text: found }
      : {
          part: 'ssh',
          ok: false,
          text: `${found}: OpenSSH ${oldestSsh.join('.')} or newer is needed. ${cure}`,
        };
  } catch {
    return { part: 'ssh', ok: false, text: `There is no ssh on the PATH. ${cure}` };
  }
};

const checkDisk = async ({ dataDir }: Settings): Promise<Finding> => {
  const dir = existsSync(dataDir) ? dataDir : '.';
  const { bavail, bsize } = await statfs(dir);
  const megabytes = Math.floor((bavail * bsize) / 1024 / 1024);
  return bavail * bsize >= leastFreeBytes
    ? { part: 'disk', ok: true, text: `${megabytes} MB free at ${dataDir}` }
    : {
        part: 'disk',
        ok: false,
        text: `Only ${megabytes} MB free at ${dataDir}. Make room, or move LATCHKEY_DATA`,
      };
};

/** Tokens, sessions and audit times hang on the clock; one that was never set is found by its year. */
const checkClock = (): Finding => {
  const now = new Date();
  return now.getFullYear() >= 2026
    ? { part: 'clock', ok: true, text: now.toISOString() }
    : { part: 'clock', ok: false, text: `It says ${now.toISOString()}. Set it: timedatectl set-ntp true` };
};

/** @returns 0 when all is well, else 1 */
export const doctor = async (
  environment: NodeJS.ProcessEnv,
  say: (text: string) => void,
): Promise<number> => {
  const { settings } = readSettings(environment);
  const findings = [
    ...(await checkStore(settings)),
    await checkSsh(),
    checkClock(),
    await checkDisk(settings),
  ];
  for (const { part, ok, text } of findings) say(`${ok ? 'ok   ' : 'WRONG'}  ${part}: ${text}`);
  return findings.every((finding) => finding.ok) ? 0 : 1;
};
