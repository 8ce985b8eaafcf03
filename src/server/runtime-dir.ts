/** Where the sockets of channels that log in lie. */
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Settings } from './settings.ts';

/** Sockets need a short path (at most 70 bytes for their directory): beside the data where that is short enough. */
export const runtimeDir = ({ dataDir }: Pick<Settings, 'dataDir'>): string => {
  const beside = join(dataDir, 'run');
  if (Buffer.byteLength(beside) <= 70) return beside;
  const name = createHash('sha256').update(dataDir).digest('hex').slice(0, 12);
  return join(tmpdir(), `latchkey-${process.getuid?.() ?? 0}-${name}`);
};
