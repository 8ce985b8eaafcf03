/**
 * File systems as members meet them: full, closed, over a quota. ENOSPC, EROFS and EDQUOT come from the kernel; what is
 * mounted stands in a ledger before it is, so that it goes however a run ends. Needs root.
 */
import { execFile } from 'node:child_process';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { type Ledger, openLedger } from './ledger.ts';

const execute = promisify(execFile);

export interface Disks {
  /** A small disk of its own at `path`, which is made. */
  small(path: string, size: string): Promise<void>;
  /** What lies at `path` can be read alone from now on. */
  readOnly(path: string): Promise<void>;
  /** A disk at `path` of which only `bytes` may be used, as a quota of its owner, project or directory has it. */
  quota(path: string, bytes: number): Promise<void>;
  /** Writes into `path` until it is refused. @returns the refusal: `ENOSPC`, `EDQUOT` */
  fill(path: string): Promise<string>;
  /** Makes room again. */
  clear(path: string): Promise<void>;
  /** Takes them all away. */
  remove(): Promise<void>;
}

/** Whether this machine can have quotas: of the file systems that count, btrfs alone needs nothing but itself. */
export const quotasHere = async (): Promise<boolean> => {
  await execute('modprobe', ['btrfs']).catch(() => undefined);
  return (await readFile('/proc/filesystems', 'utf8')).includes('\tbtrfs\n');
};

export const createDisks = (ledger: Pick<Ledger, 'dir' | 'note'>): Disks => {
  const mounted: string[] = [];
  const mount = async (path: string, ...words: string[]): Promise<void> => {
    await ledger.note('mount', path);
    mounted.push(path);
    await execute('mount', [...words, path]);
  };
  const full = (path: string) => join(path, 'full');
  return {
    async small(path, size) {
      await mkdir(path, { recursive: true });
      await mount(path, '-t', 'tmpfs', '-o', `size=${size},mode=755`, 'tmpfs');
    },
    async readOnly(path) {
      await mount(path, '--bind', path);
      await execute('mount', ['-o', 'remount,ro,bind', path]);
    },
    async quota(path, bytes) {
      const own = await mkdtemp(join(ledger.dir, 'disk-'));
      const image = join(own, 'image');
      await writeFile(image, '');
      await truncate(image, 64 << 20);
      await execute('mkfs.btrfs', ['-q', '--mixed', image]);
      const top = join(own, 'top');
      await mkdir(top);
      await mount(top, '-o', 'loop', image);
      await execute('btrfs', ['quota', 'enable', top]);
      await execute('btrfs', ['subvolume', 'create', join(top, 'part')]);
      await execute('btrfs', ['qgroup', 'limit', `${bytes}`, join(top, 'part')]);
      await mkdir(path, { recursive: true });
      await mount(path, '--bind', join(top, 'part'));
    },
    async fill(path) {
      const { code, errno } = await pipeline(
        createReadStream('/dev/zero', { highWaterMark: 4_096 }),
        createWriteStream(full(path)),
      ).then(
        () => ({ code: 'nothing', errno: 0 }),
        (error: NodeJS.ErrnoException) => error,
      );
      // The one errno of a disk that Node has no name for.
      return errno === -122 ? 'EDQUOT' : (code ?? '');
    },
    clear: (path) => rm(full(path), { force: true }),
    async remove() {
      for (const path of mounted.splice(0).toReversed())
        await execute('umount', ['-l', path]).catch(() => undefined);
    },
  };
};

/** Disks with a ledger of their own. */
export const openDisks = async (): Promise<Disks & { close(): Promise<void> }> => {
  const ledger = await openLedger('disks');
  const disks = createDisks(ledger);
  const close = async () => {
    await disks.remove();
    await ledger.close();
  };
  return { ...disks, close };
};
