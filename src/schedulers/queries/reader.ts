/**
 * The one command of a status reader: a small helper that answers questions about jobs and cannot be made to do anything
 * else. A site that binds the reader's key to this line knows all that can ever happen with that key.
 */
import { farSide } from '../far-side/far-side.ts';

const frame = farSide('queries/reader');

/** Both texts are written so that lines may be joined: every statement ends with its own semicolon. */
const oneLine = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .join(' ');

/**
 * The words for a login shell. A login `sh`, because many sites put their scheduler on the PATH in /etc/profile.d.
 * @param jobs statements that leave in `o` what the scheduler says of the users `u` (`a,b,c`), as its status script prints it
 */
export const readerCommand = (jobs: string): string =>
  `exec /bin/sh -l -c '${oneLine(frame.replace('JOBS', () => oneLine(jobs)))}'`;
