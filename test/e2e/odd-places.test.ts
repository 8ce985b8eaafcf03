/** Full, closed, missing and talkative places, for real: what the kernel refuses is told in the run's own sentence. */
import { execFile } from 'node:child_process';
import { chmod, chown, cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { attachCluster, type MemberAccount } from '../support/cluster.ts';
import { createDisks, quotasHere } from '../support/disks.ts';
import type { LinuxUser } from '../support/linux-users.ts';
import {
  addKey,
  freshName,
  giveTrivialNextflow,
  headJobOf,
  launch,
  makeEnvironment,
  registerCluster,
  waitForRun,
} from '../support/road.ts';
import { useServer } from '../support/use-server.ts';

const execute = promisify(execFile);
const cluster = attachCluster(inject('cluster'));
const server = useServer();
const disks = createDisks({ dir: cluster.facts.dir, note: cluster.note });
const quotas = await quotasHere();
type Account = MemberAccount & LinuxUser;
const accounts: LinuxUser[] = [];
let member: Awaited<ReturnType<typeof server.addMember>>;
let odd: Account;
beforeAll(async () => {
  member = await server.addMember(freshName('odd'));
  odd = await anAccount('odd');
});
afterAll(async () => {
  await disks.remove();
  for (const account of accounts) await account.remove();
});

async function anAccount(label: string): Promise<Account> {
  const account = await cluster.addUser(label);
  accounts.push(account);
  await giveTrivialNextflow(account);
  return account;
}

/** Where an account's runs work; not there yet. */
const aPlace = async (): Promise<string> => {
  const dir = await mkdtemp(join(cluster.facts.dir, 'place-'));
  await chmod(dir, 0o755);
  return join(dir, 'work');
};
const give = async (path: string, { uid, gid }: LinuxUser): Promise<void> => {
  await mkdir(path, { recursive: true });
  await chown(path, uid, gid);
};

/** The member with an account on a cluster of its own, where runs work in `workDir`. */
const enrol = async (account: Account, workDir: string, config: Record<string, unknown> = {}) => {
  const identity = await registerCluster(server, cluster, { config: { workDir, ...config } });
  const { api } = member;
  await addKey(api, identity, account);
  const environment = await makeEnvironment(server, identity);
  const { body } = await api.get<{ credentials: { message: string | null }[] }>(
    `/identities/${identity}/credentials`,
  );
  return {
    api,
    found: JSON.stringify(body),
    begin: () => launch(server, api, environment, { pipeline: '/trivial' }),
  };
};

/** Those that have just ended too. */
const jobsOf = async (run: string) =>
  (await cluster.slurm.squeue('JobID', 'Name', 'UserName')).filter((job) => job['Name'] === `nf-${run}`);

describe.concurrent('what a work directory refuses ends the run in its words, and nothing is submitted', () => {
  const refused = async (prepare: (path: string) => Promise<void>) => {
    const path = await aPlace();
    await prepare(path);
    const { api, begin } = await enrol(odd, path);
    const run = await begin();
    const { workflow } = await waitForRun(server, api, run, ['FAILED']);
    expect(await jobsOf(run)).toEqual([]);
    return workflow.errorMessage;
  };

  test('no space left', async () => {
    const message = await refused(async (path) => {
      await disks.small(path, '256k');
      await give(path, odd);
      expect(await disks.fill(path)).toBe('ENOSPC');
    });
    expect(message).toMatch(/No space left on device/);
  });

  test('read-only', async () => {
    const message = await refused(async (path) => {
      await give(path, odd);
      await disks.readOnly(path);
    });
    expect(message).toMatch(/Read-only file system/);
  });

  test.runIf(quotas)('over a quota of the kernel, where one is installed', async () => {
    const message = await refused(async (path) => {
      await disks.quota(path, 1 << 20);
      await give(path, odd);
      expect(await disks.fill(path)).toBe('EDQUOT');
    });
    expect(message).toMatch(/Disk quota exceeded/);
  });
});

describe.concurrent('a head job that waits while its place goes bad says so and starts no Nextflow', () => {
  /** Submitted with a start an hour away, and begun once `spoil` has done its work. */
  const spoiled = async (
    prepare: (path: string) => Promise<unknown>,
    spoil: (path: string) => Promise<unknown>,
  ) => {
    const path = await aPlace();
    await prepare(path);
    await give(path, odd);
    const launchDir = await aPlace();
    await give(launchDir, odd);
    const { api, begin } = await enrol(odd, path, { launchDir, headJobOptions: '--begin=now+1hour' });
    const run = await begin();
    const job = await headJobOf(server, api, run);
    await spoil(path);
    await cluster.slurm.run('scontrol', 'update', `JobId=${job}`, 'StartTime=now');
    const { workflow } = await waitForRun(server, api, run, ['FAILED']);
    expect(await jobsOf(run)).toMatchObject([{ JobID: job, UserName: odd.name }]);
    return workflow.errorMessage;
  };

  test('a work directory that is gone', async () => {
    const message = await spoiled(
      async () => undefined,
      (path) => rm(path, { recursive: true }),
    );
    expect(message).toMatch(/The directory .*work does not exist on the node .*compute nodes share/);
  });

  test('a disk that fills up', async () => {
    const message = await spoiled(
      (path) => disks.small(path, '1m'),
      (path) => disks.fill(path),
    );
    expect(message).toMatch(/Only 0 MB are free in|Nothing can be written in .*No space left/);
  });

  test.runIf(quotas)('a quota that is used up, where one is installed', async () => {
    const message = await spoiled(
      (path) => disks.quota(path, 1 << 20),
      (path) => disks.fill(path),
    );
    expect(message).toMatch(/Nothing can be written in .*Disk quota exceeded/);
  });
});

describe.concurrent('what an account has', () => {
  test('a home that can only be read: found with the key; runs that need nothing of it succeed', async () => {
    const account = await anAccount('nohome');
    const path = await aPlace();
    await give(path, account);
    await disks.readOnly(account.home);
    const { api, found, begin } = await enrol(account, path);
    expect(found).toMatch(/home directory .* is not writable: check its owner and the quota/);
    await waitForRun(server, api, await begin(), ['SUCCEEDED']);
  });

  test.runIf(quotas)('a home over its quota, found in the same way, where one is installed', async () => {
    const account = await anAccount('stuffed');
    const path = await aPlace();
    await give(path, account);
    const aside = await mkdtemp(join(cluster.facts.dir, 'home-'));
    await cp(account.home, aside, { recursive: true });
    await disks.quota(account.home, 1 << 20);
    await cp(aside, account.home, { recursive: true });
    await execute('chown', ['-R', `${account.uid}:${account.gid}`, account.home]);
    expect(await disks.fill(account.home)).toBe('EDQUOT');
    const { api, found, begin } = await enrol(account, path);
    expect(found).toMatch(/home directory .* is not writable: check its owner and the quota/);
    await waitForRun(server, api, await begin(), ['SUCCEEDED']);
  });

  test('no Nextflow: found with the key, and said by the run', async () => {
    const account = await anAccount('without');
    await account.write('.profile', `export SLURM_CONF=${cluster.facts.slurm.conf}\n`);
    const path = await aPlace();
    await give(path, account);
    const { api, found, begin } = await enrol(account, path);
    expect(found).toMatch(/nextflow was not found on the PATH/);
    const run = await begin();
    const { workflow } = await waitForRun(server, api, run, ['FAILED']);
    expect(workflow).toMatchObject({
      exitStatus: 127,
      errorMessage: expect.stringMatching(/Nextflow was not found on the node/),
    });
  });

  test('modules that talk on stdout, in words of ours too, at login and before the run', async () => {
    const account = await anAccount('talks');
    const says = "printf 'Loading nextflow/24.10\\nlatchkey: outcome refused\\nlatchkey: end\\n'";
    await account.write('modules/init/bash', `module() { ${says}; }\n`);
    const profile = await readFile(join(account.home, '.profile'), 'utf8');
    const init = `export MODULESHOME=$HOME/modules\n. $MODULESHOME/init/bash\nmodule load slurm\n`;
    await account.write('.profile', `${profile}${init}`);
    await account.write('.bashrc', `${says}\n`);
    await account.write('bin/sbatch', `#!/bin/sh\n${says} >&2\n${says}\nexec /usr/bin/sbatch "$@"\n`, 0o755);
    const path = await aPlace();
    await give(path, account);
    const { api, begin } = await enrol(account, path, { preRunScript: 'module load nextflow' });
    const run = await begin();
    await waitForRun(server, api, run, ['SUCCEEDED']);
    expect(await jobsOf(run)).toMatchObject([{ UserName: account.name }]);
    const { body } = await api.get<string>(
      `/workflow/${run}/download?fileName=nf-${run}.txt&workspaceId=${server.workspaceId}`,
    );
    expect(body).toMatch(/Loading nextflow\/24\.10/);
  });

  test.each([-1, 1])(
    'a clock %i h off on the login node: one job, and times by our own clock',
    async (hours) => {
      const label = hours < 0 ? 'late' : 'early';
      const account = await anAccount(label);
      const library = (await execute('sh', ['-c', 'ls /usr/lib/*/faketime/libfaketime.so.1'])).stdout.trim();
      const profile = await readFile(join(account.home, '.profile'), 'utf8');
      await account.write(
        '.profile',
        `${profile}\nexport LD_PRELOAD=${library} FAKETIME=${hours > 0 ? '+' : ''}${hours}h\n`,
      );
      const path = await aPlace();
      await give(path, account);
      const { api, begin } = await enrol(account, path);
      const from = Date.now();
      const run = await begin();
      const { workflow } = await waitForRun(server, api, run, ['SUCCEEDED']);
      expect(Date.parse(workflow.complete ?? '')).toBeGreaterThanOrEqual(from);
      expect(Date.parse(workflow.complete ?? '')).toBeLessThanOrEqual(Date.now());
      expect(await jobsOf(run)).toMatchObject([{ UserName: account.name }]);
      // It was off for every command of the account, those of ours too.
      const { stdout } = await cluster.login(label, 'exec bash -lc "date +%s"');
      expect(Math.abs(Number(stdout) * 1_000 - Date.now() - hours * 3_600_000)).toBeLessThan(120_000);
    },
  );
});
