/** The host keys that a host shows now. Nothing is offered: `ssh-keyscan` stops before any login. */
import { execFile } from 'node:child_process';
import type { ScannedHostKey } from '#core/ports/cluster-access.ts';
import { clusterError, explainOpening, hostLabel } from './explain.ts';
import { fingerprint } from './fingerprint.ts';

/** Best first: the one a person should compare. */
const types = ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521', 'ssh-rsa'];
const maxOutput = 64 * 1024;
const keyPattern = /^[A-Za-z0-9+/]{16,}={0,2}$/;

/** Keys in the output of `ssh-keyscan`; lines that are something else are passed over. */
export const parseScan = (output: string): ScannedHostKey[] => {
  const found = new Map<string, ScannedHostKey>();
  for (const line of output.split('\n')) {
    const [, type = '', base64 = ''] = line.trim().split(/\s+/);
    if (line.startsWith('#') || !types.includes(type) || !keyPattern.test(base64)) continue;
    const publicKey = `${type} ${base64}`;
    found.set(publicKey, { type, publicKey, fingerprint: fingerprint(publicKey) });
  }
  return mergeScans([...found.values()]);
};

/** Each key once, best type first. */
export const mergeScans = (keys: readonly ScannedHostKey[]): ScannedHostKey[] =>
  [...new Map(keys.map((key) => [key.publicKey, key])).values()].sort(
    (a, b) => types.indexOf(a.type) - types.indexOf(b.type),
  );

/** What is asked for, one after another: `ssh-keyscan` makes one connection for each. */
const kinds = ['ed25519', 'ecdsa', 'rsa'];

export interface ScanOptions {
  /** The checked address that is dialled. */
  address: string;
  /** For each connection. */
  limitMs: number;
  signal: AbortSignal;
  keyscanProgram?: string;
}

const ask = (
  kind: string,
  port: number,
  { address, limitMs, signal, keyscanProgram = 'ssh-keyscan' }: ScanOptions,
): Promise<{ stdout: string; stderr: string; timedOut: boolean }> =>
  new Promise((resolve) => {
    const seconds = String(Math.max(1, Math.ceil(limitMs / 1000)));
    const program = execFile(
      keyscanProgram,
      ['-T', seconds, '-p', String(Math.trunc(port)), '-t', kind, address],
      {
        timeout: limitMs * 2,
        killSignal: 'SIGKILL',
        maxBuffer: maxOutput,
        env: { PATH: '/usr/local/bin:/usr/bin:/bin' },
      },
      (error, stdout, err) => {
        signal.removeEventListener('abort', end);
        resolve({
          stdout,
          stderr: error && err === '' ? error.message : err,
          timedOut: error?.killed === true,
        });
      },
    );
    const end = (): void => void program.kill('SIGKILL');
    signal.addEventListener('abort', end, { once: true });
  });

/** @throws AppError `host_unreachable`; the signal's reason */
export const scanAddress = async (
  hostName: string,
  port: number,
  options: ScanOptions,
): Promise<ScannedHostKey[]> => {
  const where = { hostName, port, userName: '', pins: [] };
  let found: ScannedHostKey[] = [];
  for (const kind of kinds) {
    const { stdout, stderr, timedOut } = await ask(kind, port, options);
    options.signal.throwIfAborted();
    const keys = parseScan(stdout);
    const spoke = /^# /m.test(stderr) || /^# /m.test(stdout);
    if (keys.length === 0 && !spoke)
      throw explainOpening(where, { stderr, noise: '', exitCode: null, signed: false, timedOut });
    found = mergeScans([...found, ...keys]);
  }
  if (found.length > 0) return found;
  throw clusterError(
    'host_unreachable',
    502,
    where,
    `${hostLabel(where)} answers, but shows no host key of a type that can be pinned (Ed25519, ECDSA, RSA).`,
  );
};
