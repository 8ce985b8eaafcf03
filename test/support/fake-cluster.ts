/** Clusters in memory behind the port, for tests of what people may do with them. Real ones: `*.real` and `test/e2e`. */
import { AppError } from '#core/errors.ts';
import type {
  ChannelMatch,
  ClusterAccess,
  ClusterTarget,
  RemoteResult,
  ScannedHostKey,
} from '#core/ports/cluster-access.ts';
import type { AccountProbe, AccountReport, SchedulerDriver } from '#core/ports/scheduler.ts';
import { answered } from './far-side/run-command.ts';
import { createTestSigner } from './test-signer.ts';

export interface FakeHost {
  hostKeys: ScannedHostKey[];
  /** What logs in: public key (`type base64`) → the account that it opens. */
  accounts: Map<string, string>;
  /** What a refused login says of the key: is it offered again? */
  resting?: boolean;
  up: boolean;
  report: Partial<AccountReport>;
}

export interface FakeClusters
  extends Pick<ClusterAccess, 'run' | 'askReader' | 'scanHostKeys' | 'closeChannels' | 'suspend'> {
  host(name: string, port?: number): FakeHost;
  /** Logins so far. */
  logins: ClusterTarget[];
  closed: ChannelMatch[];
  /** What is suspended now: `clusterKey` → sentence. */
  suspended: Map<string, string>;
}

export const fakeHostKey = (): ScannedHostKey => {
  const { publicKey, fingerprint } = createTestSigner();
  return { type: 'ssh-ed25519', publicKey, fingerprint };
};

/** A member's account with nothing to complain about. */
export const healthy = (linuxUser: string, workDir: string | null): AccountReport => ({
  linuxUser,
  uid: 1_000,
  groups: [linuxUser, 'science'],
  home: `/home/${linuxUser}`,
  homeWritable: true,
  workDir,
  workDirExists: true,
  workDirWritable: true,
  workDirGroup: 'science',
  workDirGroupShared: true,
  nextflow: '25.10.0',
  nfTower: null,
  java: '21',
  schedulerVersion: 'slurm 22.05',
  accounting: true,
});

export const createFakeClusters = (): FakeClusters => {
  const hosts = new Map<string, FakeHost>();
  const logins: ClusterTarget[] = [];
  const closed: ChannelMatch[] = [];
  const suspended = new Map<string, string>();

  const host: FakeClusters['host'] = (name, port = 22) => {
    const found = hosts.get(`${name}:${port}`);
    if (found) return found;
    const made: FakeHost = { hostKeys: [fakeHostKey()], accounts: new Map(), up: true, report: {} };
    hosts.set(`${name}:${port}`, made);
    return made;
  };
  const reached = (name: string, port: number): FakeHost => {
    const there = host(name, port);
    if (!there.up) throw new AppError('host_unreachable', 502, `${name} could not be reached: no route.`);
    return there;
  };

  const login = async (target: ClusterTarget): Promise<{ account: string; report: FakeHost['report'] }> => {
    const there = reached(target.hostName, target.port);
    if (!there.hostKeys.some((key) => target.pins.includes(key.publicKey))) {
      throw new AppError('host_key_changed', 409, `${target.hostName} shows another host key.`);
    }
    const { publicBlob } = target.signer;
    const key = [...there.accounts.keys()].find(
      (each) => each.split(' ')[1] === Buffer.from(publicBlob).toString('base64'),
    );
    logins.push(target);
    // As a real agent does: the key signs, or there is no login.
    await target.signer.sign(Buffer.from('login'), 0);
    const account = key && there.accounts.get(key);
    if (!account)
      throw new AppError('credential_refused', 502, `${target.hostName} refused ${target.userName}'s key.`, {
        details: { resting: there.resting },
      });
    return { account, report: there.report };
  };

  return {
    host,
    logins,
    closed,
    suspended,
    suspend: (clusters) => {
      suspended.clear();
      for (const [key, sentence] of clusters) suspended.set(key, sentence);
    },
    scanHostKeys: async ({ hostName, port }) => [...reached(hostName, port).hostKeys],
    run: async (target, command) => {
      const { account, report } = await login(target);
      return answered(
        JSON.stringify({ ...healthy(account, String(command.argv[1] ?? '') || null), ...report }),
      );
    },
    askReader: async (target, question) => {
      const { account, report } = await login(target);
      return answered(question.ask === 'who' ? `${account} ${report.uid ?? 1_000}` : '[]');
    },
    closeChannels: (match) => {
      closed.push(match);
      return 1;
    },
  };
};

export const fakeProbe: AccountProbe = {
  probe: ({ workDir }) => ({ argv: ['probe', workDir ?? ''], timeoutMs: 60_000 }),
  parseProbe: (result) => JSON.parse(Buffer.from(result.stdout).toString()) as AccountReport,
};

/** Knows no more than the probe. */
export const fakeSlurm = {
  platform: 'slurm-platform',
  executor: 'slurm',
  ...fakeProbe,
  readerCommand: 'answer questions',
  parseStatus: (result: RemoteResult) => JSON.parse(Buffer.from(result.stdout).toString()),
} as unknown as SchedulerDriver;
