/** Budgets against a real sshd: what is seen there is what was allowed, and no member stands behind another's burst. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { budgetOf, type ClusterBudget } from '#core/budgets.ts';
import type { RemoteCommand } from '#core/ports/cluster-access.ts';
import { type Member, plenty } from '#test/support/member.ts';
import { openSshTestbed, type SshTestbed, until } from '#test/support/ssh-testbed.ts';

let bed: SshTestbed;
let members: Member[];

beforeAll(async () => {
  bed = await openSshTestbed({ logLevel: 'VERBOSE' });
  members = await Promise.all([1, 2, 3, 4].map((at) => bed.enrol({ label: `m${at}` })));
});
afterEach(() => bed.closeAccesses());
afterAll(() => bed.close());

const allow = (budget: Partial<ClusterBudget>) => ({
  name: 'managed identity hpc',
  budget: { ...plenty, ...budget },
});
const script = (text: string, more: Partial<RemoteCommand> = {}): RemoteCommand => ({
  argv: ['sh', '-c', text],
  timeoutMs: 30_000,
  ...more,
});
const targetOf = (at: number, budget: Partial<ClusterBudget>) => {
  const { target } = members[at] as Member;
  return { ...target, member: at, cluster: allow(budget) };
};

test('connections at once: four members on two places all get through, and never more than two are open', async () => {
  const access = bed.access({ limits: { budgetMs: 60_000 } });
  let most = 0;
  const watch = setInterval(() => {
    most = Math.max(most, access.stats().open);
  }, 5);
  const results = await Promise.all(
    [0, 1, 2, 3].flatMap((at) =>
      [1, 2].map(() => access.run(targetOf(at, { connections: 2 }), script('sleep 0.1; id -un'))),
    ),
  );
  clearInterval(watch);
  const users = results.map(({ stdout }) => Buffer.from(stdout).toString().trim());
  expect(new Set(users)).toEqual(new Set(members.map(({ user }) => user.name)));
  expect(users).toHaveLength(8);
  expect(most).toBe(2);
  expect(access.stats().failures).toEqual({});
});

test('a look at host keys has its place among the connections: an unused one makes room, and it waits for its turn', async () => {
  const access = bed.access({ limits: { budgetMs: 300 } });
  const budget = { connections: 1, connectionsPerMinute: 2 };
  const { clusterKey, hostName, port, cluster } = targetOf(0, budget);
  const look = () => access.scanHostKeys({ clusterKey, hostName, port, ...(cluster && { cluster }) });
  await access.run(targetOf(0, budget), script('true'));
  expect(access.stats().open).toBe(1);
  expect((await look()).map(({ publicKey }) => publicKey)).toEqual(bed.sshd.hostKeys);
  await until(() => access.stats().open === 0, 5_000);
  await expect(look()).rejects.toMatchObject({
    code: 'budget_exhausted',
    message: expect.stringContaining('2 new connections a minute are allowed'),
  });
});

test('promise 21: who keeps the only connection busy gives it up to another member', async () => {
  const access = bed.access({ limits: { budgetMs: 15_000 } });
  let stop = false;
  let mine = 0;
  const budget = { connections: 1, commandsPerSecond: 1_000 };
  const sent: Promise<void>[] = [];
  // The next one begins long before the last one ends, however slow this machine is: the channel is always in use.
  const keepBusy = async (): Promise<void> => {
    while (!stop) {
      const command = access.run(targetOf(0, budget), script('sleep 0.5'));
      sent.push(command.then(() => void (mine += 1)));
      await sleep(100);
    }
  };
  const busy = keepBusy();
  await until(() => mine > 3, 20_000);
  const other = await access.run(targetOf(1, budget), script('id -un')).finally(() => {
    stop = true;
  });
  expect(Buffer.from(other.stdout).toString().trim()).toBe(members[1]?.user.name);
  await busy;
  await Promise.all(sent);
  expect(mine).toBe(sent.length);
});

test('new connections a minute: what would be one more waits, and is told why in time', async () => {
  const access = bed.access({ limits: { budgetMs: 300 } });
  const budget = { connectionsPerMinute: 2 };
  const from = (await bed.sshd.log()).length;
  await access.run(targetOf(0, budget), script('true'));
  await access.run(targetOf(1, budget), script('true'));
  await expect(access.run(targetOf(2, budget), script('true'))).rejects.toMatchObject({
    code: 'budget_exhausted',
    message:
      'Waiting: 2 new connections a minute are allowed on managed identity hpc (its budget, connectionsPerMinute), shared fairly among members.',
  });
  // What is open goes on being used.
  expect((await access.run(targetOf(0, budget), script('true'))).exitCode).toBe(0);
  expect((await bed.logSince(from)).match(/Accepted publickey/g)).toHaveLength(2);
  // An owner's new budget counts at once.
  expect((await access.run(targetOf(2, {}), script('true'))).exitCode).toBe(0);
});

test('commands a second, submissions a minute: what goes beyond waits or comes back with its sentence', async () => {
  const access = bed.access({ limits: { budgetMs: 60_000 } });
  const target = targetOf(0, { commandsPerSecond: 5, submissionsPerMinute: 2 });
  const begun: number[] = [];
  await access.run(target, script('true'));
  const start = performance.now();
  await Promise.all(
    Array.from({ length: 15 }, () =>
      access.run(target, script('true')).then(() => begun.push(performance.now())),
    ),
  );
  // 16 in all: the last ones go in the fourth second at the earliest.
  expect(performance.now() - start).toBeGreaterThan(1_900);

  const submit = (ticket: string) => access.run(target, script('true', { kind: 'submit', ticket }));
  expect(access.submissionTurn(target, 'one')).toBeUndefined();
  expect((await submit('one')).exitCode).toBe(0);
  expect((await submit('two')).exitCode).toBe(0);
  await expect(submit('three')).rejects.toMatchObject({ code: 'budget_exhausted' });
  expect(access.submissionTurn(target, 'three')?.message).toContain('2 submissions a minute are allowed');
});

test('bytes of logs: a stream is slowed down to what is allowed, a command that reads none is not', async () => {
  const access = bed.access();
  const target = targetOf(0, { logBytesPerSecond: 500_000 });
  await access.run(target, script('true'));
  const start = performance.now();
  let size = 0;
  const stream = access.run(
    target,
    script('head -c 1000000 /dev/zero', {
      kind: 'logs',
      onStdout: async (chunk) => {
        size += chunk.length;
      },
    }),
  );
  const between = await access.run(target, script('echo quick'));
  expect([between.exitCode, performance.now() - start < 1_500]).toEqual([0, true]);
  expect((await stream).exitCode).toBe(0);
  expect(size).toBe(1_000_000);
  expect(performance.now() - start).toBeGreaterThan(1_500);
});

test('a cluster without a budget has the default one', async () => {
  const access = bed.access();
  const { cluster: _, ...target } = targetOf(0, {});
  const turns = Array.from({ length: 70 }, (_each, at) => access.submissionTurn(target, `run${at}`));
  const allowed = budgetOf({}).submissionsPerMinute;
  expect(turns.filter((turn) => turn === undefined)).toHaveLength(allowed - allowed / 10);
});
