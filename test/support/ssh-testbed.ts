/** A real sshd with members, and as many `ClusterAccess`es as a test likes, all gone at the end. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RemoteCommand, RemoteResult } from '#core/ports/cluster-access.ts';
import { type ClusterAccessOptions, createClusterAccess } from '#ssh/cluster-access.ts';
import { createMember, type Member } from './member.ts';
import { type Sshd, type SshdOptions, startSshd } from './sshd.ts';

export type Access = ReturnType<typeof createClusterAccess>;

export interface SshTestbed {
  sshd: Sshd;
  /** Temporary directory. */
  dir: string;
  /** An access of its own that may dial loopback. */
  access(options?: Partial<ClusterAccessOptions>): Access;
  enrol(options?: Parameters<typeof createMember>[1]): Promise<Member>;
  /** What the server has logged since `from`, a length of the log. */
  logSince(from: number): Promise<string>;
  closeAccesses(): Promise<void>;
  close(): Promise<void>;
}

export const openSshTestbed = async (options: SshdOptions = {}): Promise<SshTestbed> => {
  const dir = mkdtempSync(join(tmpdir(), 'latchkey-ssh-'));
  const sshd = await startSshd(options);
  const members: Member[] = [];
  const accesses: Access[] = [];
  const closeAccesses = async (): Promise<void> => {
    await Promise.all(accesses.map((access) => access.close()));
  };
  return {
    sshd,
    dir,
    access(more = {}) {
      const access = createClusterAccess({
        runtimeDir: join(dir, `run${accesses.length}`),
        allowedNetworks: ['127.0.0.0/8'],
        ...more,
      });
      accesses.push(access);
      return access;
    },
    async enrol(more) {
      const member = await createMember(sshd, more);
      members.push(member);
      return member;
    },
    logSince: async (from) => (await sshd.log()).slice(from),
    closeAccesses,
    async close() {
      await closeAccesses();
      for (const { user } of members) await user.remove();
      await sshd.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
};

/** Runs a constant shell script as a member. */
export const runScript = (
  access: Access,
  member: Member,
  script: string,
  more: Partial<RemoteCommand> = {},
): Promise<RemoteResult> =>
  access.run(member.target, { argv: ['sh', '-c', script], timeoutMs: 20_000, ...more });

export const asText = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

/** Our own child processes of this name. */
export const children = (name: string): number[] =>
  readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8')
    .trim()
    .split(' ')
    .filter((pid) => {
      try {
        return pid && readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === name;
      } catch {
        return false;
      }
    })
    .map(Number);

export const sshProcesses = (): number[] => children('ssh');

/** A member's processes whose words contain `words`. */
export const running = async ({ user }: Member, words: string): Promise<number[]> =>
  (await user.processes()).filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').includes(words);
    } catch {
      return false;
    }
  });

/** Waits until something holds. @throws Error after the limit */
export const until = async (holds: () => Promise<boolean> | boolean, limitMs: number): Promise<void> => {
  const start = performance.now();
  while (!(await holds())) {
    if (performance.now() - start > limitMs) throw new Error(`not so within ${limitMs} ms`);
    await sleep(20);
  }
};
