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

/**
 * @param address the checked address that is dialled
 * @param limitMs for the whole scan
 * @throws AppError `host_unreachable`
 */
export const scanAddress = async (
  hostName: string,
  address: string,
  port: number,
  limitMs: number,
  keyscanProgram = 'ssh-keyscan',
): Promise<ScannedHostKey[]> => {
  const words = [
    '-T',
    String(Math.max(1, Math.ceil(limitMs / 1000))),
    '-p',
    String(Math.trunc(port)),
    '-t',
    'ed25519,ecdsa,rsa',
  ];
  const { stdout, stderr, timedOut } = await new Promise<{
    stdout: string;
    stderr: string;
    timedOut: boolean;
  }>((resolve) => {
    execFile(
      keyscanProgram,
      [...words, address],
      // The scan asks for each type in turn, so its own limit may count several times.
      {
        timeout: limitMs * 2,
        killSignal: 'SIGKILL',
        maxBuffer: maxOutput,
        env: { PATH: '/usr/local/bin:/usr/bin:/bin' },
      },
      (error, out, err) =>
        resolve({
          stdout: out,
          stderr: error && err === '' ? error.message : err,
          timedOut: error?.killed === true,
        }),
    );
  });
  const keys = parseScan(stdout);
  if (keys.length > 0) return keys;
  const where = { hostName, port, userName: '', pins: [] };
  const spoke = /^# /m.test(stderr) || /^# /m.test(stdout);
  if (spoke) {
    throw clusterError(
      'host_unreachable',
      502,
      where,
      `${hostLabel(where)} answers, but shows no host key of a type that can be pinned (Ed25519, ECDSA, RSA).`,
    );
  }
  throw explainOpening(where, { stderr, noise: '', exitCode: null, signed: false, timedOut });
};
