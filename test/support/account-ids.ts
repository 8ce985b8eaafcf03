/** User and group id of an account: one that Debian's packages make, for daemons that refuse to run as root, or a member's. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** @throws Error when there is no such account; of a daemon: its package is missing */
export const accountIds = async (name: string): Promise<{ uid: number; gid: number }> => {
  const [, , uid, gid] = (await promisify(execFile)('getent', ['passwd', name])).stdout.split(':');
  return { uid: Number(uid), gid: Number(gid) };
};
