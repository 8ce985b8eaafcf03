/** The door of this room: puts its parts together into the `ClusterAccess` port. */
import { chmodSync, lstatSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Clock, systemClock } from '#core/clock.ts';
import { AppError } from '#core/errors.ts';
import type { ClusterAccess } from '#core/ports/cluster-access.ts';
import type { RefusedKeyStore } from '#core/ports/refused-keys.ts';
import { createBreaker } from './breaker.ts';
import { createBudgets } from './budget/budgets.ts';
import { openChannel } from './channel.ts';
import { configWord } from './config-file.ts';
import { defaultLimits, type SshLimits } from './limits.ts';
import { checkBehindJump, checkedAddresses, createAddressCheck, type Resolve } from './network.ts';
import { patiently } from './patience.ts';
import { createPool, type OpenChannel } from './pool.ts';
import { createRefusedKeys, forgetfulRefusedKeys } from './refused-keys.ts';
import { createScans } from './scans.ts';
import { createStats, type SshEvent, type SshStats } from './stats.ts';
import { createSuspended } from './suspended.ts';
import { countUse, type OnUse } from './use.ts';
import { createWaysIn } from './ways-in.ts';

export interface SshLog {
  info(facts: Record<string, unknown>, message: string): void;
  warn(facts: Record<string, unknown>, message: string): void;
}

export interface ClusterAccessOptions {
  /** Made with mode 0700; holds agent sockets and configurations while channels log in. */
  runtimeDir: string;
  /** CIDRs that may be dialled although their addresses are special: LATCHKEY_ALLOWED_NETWORKS. */
  allowedNetworks?: readonly string[];
  idleCloseMs?: number;
  connectTimeoutMs?: number;
  limits?: Partial<SshLimits>;
  sshProgram?: string;
  keyscanProgram?: string;
  resolve?: Resolve;
  /** Where refused keys are remembered; without it no longer than this process lives. */
  refusedKeys?: RefusedKeyStore;
  /** For tests: false does as if no cluster had perl. */
  usePerl?: boolean;
  clock?: Clock;
  log?: SshLog;
  onEvent?: (event: SshEvent) => void;
  /** Told of each login, refused login and command. */
  onUse?: OnUse;
}

/** A socket's path has at most 107 bytes; ours is `<runtimeDir>/ch-<pid>-XXXXXX/agent`. */
const maxRuntimeDir = 70;

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

/** Makes the directory ours alone, and takes away what a killed server left there. */
const prepare = (dir: string): void => {
  configWord('runtimeDir', dir);
  if (Buffer.byteLength(dir) > maxRuntimeDir) {
    throw new RangeError(
      `The runtime directory ${dir} is too deep: sockets need a path of at most ${maxRuntimeDir} bytes`,
    );
  }
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  // It may lie below /tmp, where anybody could have made it before us and then change what ssh reads.
  const found = lstatSync(dir);
  if (!found.isDirectory() || found.uid !== process.getuid?.()) {
    throw new AppError(
      'unavailable',
      503,
      `The runtime directory ${dir} belongs to somebody else, or is a link: remove it and start again.`,
    );
  }
  chmodSync(dir, 0o700);
  for (const name of readdirSync(dir)) {
    const pid = /^ch-(\d+)-/.exec(name)?.[1];
    if (pid && !isAlive(Number(pid))) rmSync(join(dir, name), { recursive: true, force: true });
  }
};

const logLine: Record<SshEvent['type'], string> = {
  opened: 'channel opened',
  closed: 'channel closed',
  replaced: 'channel had died unnoticed and is replaced',
  failed: 'channel could not be opened',
  'plain-login': 'login environment could not be read in time; commands run with that of the session',
};

/** @throws AppError 400 for a bad allowed network, 503 for a runtime directory that is not ours; RangeError for a runtime directory that cannot hold sockets */
export const createClusterAccess = (options: ClusterAccessOptions): ClusterAccess & { stats(): SshStats } => {
  const { runtimeDir, connectTimeoutMs = 10_000, idleCloseMs = 10 * 60_000, log } = options;
  const limits: SshLimits = { ...defaultLimits, ...options.limits };
  const clock = options.clock ?? systemClock;
  const isUsable = createAddressCheck(options.allowedNetworks ?? []);
  const stats = createStats();
  prepare(runtimeDir);

  const addressesOf = (hostName: string, most?: number) =>
    checkedAddresses(hostName, isUsable, {
      ...(options.resolve && { resolve: options.resolve }),
      ...(most !== undefined && { most }),
    });
  const waysIn = createWaysIn(clock);

  const open: OpenChannel = async (target, signal, signed, plainLogin) => {
    const dialled = target.through?.[0] ?? target;
    const behind = [...(target.through ?? []), target].slice(1);
    for (const { hostName } of behind) await checkBehindJump(hostName, isUsable);
    return waysIn.firstReached(await addressesOf(dialled.hostName), dialled.port, (address, more) =>
      openChannel(
        {
          target,
          address,
          runtimeDir,
          sshProgram: options.sshProgram ?? 'ssh',
          // Another login node may be there at once: this one is not waited for as long.
          connectTimeoutMs: more ? connectTimeoutMs / 2 : connectTimeoutMs,
          limits,
          onSigned: signed,
          onPlainLogin: plainLogin,
          ...(options.usePerl === undefined ? {} : { usePerl: options.usePerl }),
        },
        signal,
      ),
    );
  };

  const budgets = createBudgets({ clock, patienceMs: limits.budgetMs });

  const suspended = createSuspended();
  const refused = createRefusedKeys(options.refusedKeys ?? forgetfulRefusedKeys(), clock);

  const pool = createPool({
    budgets,
    admit: refused.admit,
    suspended,
    open: countUse(patiently(refused.sparing(open), clock), options.onUse ?? (() => {})),
    breaker: createBreaker(limits, clock),
    limits,
    idleCloseMs,
    clock,
    stats,
    onEvent(event) {
      const { type, ...facts } = event;
      log?.[type === 'failed' || type === 'replaced' || type === 'plain-login' ? 'warn' : 'info'](
        facts,
        logLine[type],
      );
      options.onEvent?.(event);
    },
  });

  const scans = createScans({
    addressesOf,
    budgets,
    suspended,
    giveWay: pool.giveWay,
    limitMs: connectTimeoutMs,
    ...(options.keyscanProgram !== undefined && { keyscanProgram: options.keyscanProgram }),
  });

  return {
    run: pool.run,
    askReader: pool.askReader,
    closeChannels: pool.closeChannels,
    submissionTurn: budgets.submissionTurn,
    scanHostKeys: scans.scan,
    suspend: (clusters) => {
      pool.suspend(clusters);
      scans.obey();
    },
    close: async () => {
      await Promise.all([pool.close(), scans.close()]);
    },
    stats: () => ({ ...stats, failures: { ...stats.failures } }),
  };
};
