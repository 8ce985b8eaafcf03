/** One member of a test cluster: a Linux user, the key that opens it, and the target that `ClusterAccess` takes. */
import type { ClusterBudget } from '#core/budgets.ts';
import type { ClusterTarget } from '#core/ports/cluster-access.ts';
import { createLinuxUser, type LinuxUser, type LinuxUserOptions } from './linux-users.ts';
import type { Sshd } from './sshd.ts';
import { createTestSigner, type TestKeyType, type TestSigner } from './test-signer.ts';

export interface Member {
  user: LinuxUser;
  signer: TestSigner;
  target: ClusterTarget;
}

/** Tests that are not about budgets are not slowed down by them. */
export const plenty: ClusterBudget = {
  connections: 1_000,
  connectionsPerMinute: 6_000,
  commandsPerSecond: 1_000,
  submissionsPerMinute: 6_000,
  logBytesPerSecond: 1_000_000_000,
};

let count = 0;

/** The key stands in the user's `authorized_keys`, the server's host keys are pinned. */
export const createMember = async (
  sshd: Pick<Sshd, 'host' | 'port' | 'hostKeys'>,
  options: Omit<LinuxUserOptions, 'authorizedKeys'> & { keyType?: TestKeyType } = {},
): Promise<Member> => {
  const signer = createTestSigner(options.keyType);
  const user = await createLinuxUser({ ...options, authorizedKeys: [signer.publicKey] });
  count += 1;
  const target = {
    clusterKey: `identity:${sshd.port}`,
    credentialKey: `managed:${count}@1`,
    hostName: sshd.host,
    port: sshd.port,
    userName: user.name,
    pins: sshd.hostKeys,
    signer,
    cluster: { name: 'the test cluster', budget: plenty },
  };
  return { user, signer, target };
};
