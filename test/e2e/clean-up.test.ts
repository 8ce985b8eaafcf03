/**
 * What a real run leaves on a real cluster is what `docs/on-the-cluster.md` lists, and goes when its policy says so: as the
 * member, and nothing of another run with it.
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, inject, test } from 'vitest';
import { attachCluster } from '../support/cluster.ts';
import { filesBelow } from '../support/leaks.ts';
import {
  addKey,
  freshName,
  launch,
  makeEnvironment,
  registerCluster,
  until,
  waitForRun,
} from '../support/road.ts';
import { useServer } from '../support/use-server.ts';

const cluster = attachCluster(inject('cluster'));
const server = useServer();
const dayMs = 86_400_000;

const pipeline = `process TELL {
  publishDir 'results', mode: 'copy'
  output: path 'told.txt'
  script: "echo told > told.txt"
}
workflow { TELL() }
`;

/** The names in the first column of the page's table, with `<run>` filled in. */
const listedNames = async (run: string): Promise<RegExp[]> => {
  const page = await readFile(new URL('../../docs/on-the-cluster.md', import.meta.url), 'utf8');
  const cells = [...page.matchAll(/^\| (`[^|]*) \|/gm)].flatMap(([, cell = '']) => {
    const names = [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
    // "`nf-<run>.launcher.sh`, `.pre.sh`": the beginning stands once.
    const [first = ''] = names;
    const stem = /^(\.?nf-<run>)\./.exec(first)?.[1];
    return names.map((name) =>
      stem && name.startsWith('.') && !name.includes('<run>') ? stem + name : name,
    );
  });
  return cells.map((name) => {
    const pattern = name
      .replace(/\/$/, '')
      .replaceAll('<run>', run)
      .replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&');
    return new RegExp(`^${pattern.replaceAll('*', '.*')}$`);
  });
};

describe('clean-up', () => {
  test('what a run leaves is what the page lists; it goes by its policy, and the run says so', async () => {
    const alice = cluster.user('alice');
    const member = await server.addMember(freshName('tidy'));
    const identity = await registerCluster(server, cluster, {
      config: {
        cleanup: 'remove',
        cleanupAfterDays: 1,
        workDir: `${cluster.facts.workDir}/tidy/$TW_AGENT_USER`,
      },
    });
    await addKey(member.api, identity, alice);
    const removing = await makeEnvironment(server, identity);
    const keeping = await makeEnvironment(server, identity, { cleanup: 'keep' });
    await alice.write('tidy/main.nf', pipeline);
    const config = await alice.write('tidy/nextflow.config', "executor.pollInterval = '1s'\n");
    const request = { pipeline: config.replace(/\/[^/]*$/, ''), paramsText: 'a: 1', configText: '// mine' };
    const runs = await Promise.all(
      [removing, keeping].map((environment) => launch(server, member.api, environment, request)),
    );
    const ended = await Promise.all(runs.map((run) => waitForRun(server, member.api, run, ['SUCCEEDED'])));
    const [gone = '', kept = ''] = runs;
    const places = ended.map(({ workflow }) => workflow.launchDir ?? '');
    const [goneDir = '', keptDir = ''] = places;

    expect((await stat(goneDir)).mode & 0o777).toBe(0o700);
    const listed = await listedNames(gone);
    const names = await readdir(goneDir);
    expect(names.filter((name) => !listed.some((known) => known.test(name)))).toEqual(['results']);
    expect(names).toContain(`nf-${gone}.launcher.sh`);
    const tasks = async () =>
      (await filesBelow(ended[0]?.workflow.workDir ?? '')).filter((file) => file.endsWith('/.command.sh'));
    expect(await tasks()).toHaveLength(2);

    // Two days later.
    await server.stop();
    const database = new DatabaseSync(join(server.dataDir, 'latchkey.db'));
    database.exec(`update runs set completed_at = completed_at - ${2 * dayMs}, updated_at = updated_at - ${2 * dayMs};
      update session_cleanups set due_at = 1`);
    database.close();
    await server.start();
    const at = `workspaceId=${server.workspaceId}`;
    const cleaned = await until(
      async () =>
        (
          await member.api.get<{ cleanup?: { cleanedAt?: string; policy: string } }>(
            `/workflow/${gone}?${at}`,
          )
        ).body.cleanup,
      (cleanup) => Boolean(cleanup?.cleanedAt),
      { limitMs: 60_000, what: 'cleaned run' },
    );
    expect(cleaned?.policy).toBe('remove');
    await expect(stat(goneDir)).rejects.toThrow('ENOENT');
    expect(await tasks()).toHaveLength(1);
    expect(await readFile(join(keptDir, 'results/told.txt'), 'utf8')).toBe('told\n');
    expect((await readdir(keptDir)).map((name) => basename(name))).toContain(`nf-${kept}.txt`);

    const log = await member.api.get<{ log: { entries: string[]; message?: string } }>(
      `/workflow/${gone}/log?${at}`,
    );
    expect(JSON.stringify(log.body)).toMatch(/removed/);
    const audit = await server.owner.get<{ auditLogs: unknown[] }>(
      `/admin/audit-logs-v2?event=workflow_files_removed&orgId=${server.organisationId}`,
    );
    expect(JSON.stringify(audit.body)).toContain(gone);
  });
});
