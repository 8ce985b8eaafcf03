/** Downloads that last: whoever loses the right to a file meanwhile gets no more of it. On both databases, over a socket. */
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { startApi } from '#test/support/api.ts';
import { aRun, onBothDatabases } from '#test/support/databases.ts';

const limitMs = 5_000;

onBothDatabases(({ open }) => {
  const world = async () => {
    const store = await open();
    const streams: PassThrough[] = [];
    /** As of a file that grows slowly: there is a first piece, and then nothing for a long time. */
    const download = async () => {
      const stream = new PassThrough();
      stream.write('first lines\n');
      streams.push(stream);
      return { fileName: 'nf-run.log', contentType: 'text/plain', stream };
    };
    const api = await startApi(store, {}, {}, { files: { log: () => Promise.reject(), download } });
    const owner = await api.organisation('acme', 'olivia');
    const participant = (name: string) =>
      api.person(name, 'acme', { workspace: 'main', workspaceRole: 'launch' });
    const [mark, vera] = [await participant('mark'), await participant('vera')];
    const { orgId: organisationId, workspaceId } = owner;
    const run = aRun(mark.id, { organisationId, workspaceId, headJobId: '1' });
    await store.runs.insert(run);
    const address = await api.app.listen({ port: 0, host: '127.0.0.1' });
    const path = `/api/workflow/${run.id}/download?workspaceId=${workspaceId}&fileName=nf-run.log`;
    /** @returns what has become of it when it ends, and how it stands now */
    const follow = async (token: string) => {
      const answer = await fetch(`${address}${path}`, { headers: { authorization: `Bearer ${token}` } });
      expect(answer.status).toBe(200);
      const stream = streams.at(-1);
      const end = answer.text().then(
        () => 'whole',
        () => 'broken off',
      );
      return { end, onCluster: () => (stream?.destroyed ? 'closed' : 'open') };
    };
    const close = async () => {
      for (const stream of streams) stream.destroy();
      await api.app.close();
    };
    return { api, owner, mark, vera, follow, close };
  };

  test('promise 13: what was opened with a token is closed within 5 s of its end, and nothing else', async () => {
    const { api, owner, mark, vera, follow, close } = await world();
    const made = (body: object) => api.call('POST', '/api/tokens', { as: mark, body });
    const revoked = await made({ name: 'revoked' });
    const { accessKey } = revoked.json();
    const { accessKey: ending } = (
      await made({ name: 'ending', expiresAt: new Date(api.clock.now() + 3_600_000).toISOString() })
    ).json();
    const [first, second, others, own] = [
      await follow(accessKey),
      await follow(ending),
      await follow(vera.token),
      await follow(mark.token),
    ];
    const [, id] = /"tid":(\d+)/.exec(Buffer.from(accessKey, 'base64').toString('latin1')) ?? [];
    const begun = performance.now();
    await api.call('DELETE', `/api/tokens/${id}`, { as: mark });
    expect([await first.end, first.onCluster()]).toEqual(['broken off', 'closed']);
    api.clock.advance(3_600_001);
    expect([await second.end, second.onCluster()]).toEqual(['broken off', 'closed']);
    expect(performance.now() - begun).toBeLessThan(2 * limitMs);
    expect([others.onCluster(), own.onCluster()]).toEqual(['open', 'open']);

    const { members } = (await api.call('GET', `/api/orgs/${owner.orgId}/members`, { as: owner })).json();
    const { memberId } = members.find(({ userName }: { userName: string }) => userName === 'mark');
    // Later than the first time that it is asked for.
    await sleep(2_000);
    const removed = performance.now();
    await api.call('DELETE', `/api/orgs/${owner.orgId}/members/${memberId}`, { as: owner });
    expect([await own.end, own.onCluster()]).toEqual(['broken off', 'closed']);
    expect(performance.now() - removed).toBeLessThan(limitMs);
    expect(others.onCluster()).toBe('open');
    await close();
  });
});
