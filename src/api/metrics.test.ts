import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { createMetrics, createMetricsListener } from './metrics.ts';

const servers: ReturnType<typeof createMetricsListener>[] = [];
afterEach(() => servers.splice(0).forEach((server) => server.close()));

test('the listener tells requests by route, runs by status and channels, and nothing else is there', async () => {
  const metrics = createMetrics({ runsByStatus: async () => ({ RUNNING: 3 }), openChannels: () => 2 });
  metrics.requestAnswered('GET', '/api/workflow/:workflowId', 200, 0.01);
  const server = createMetricsListener(metrics);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const answer = await fetch(`${address}/metrics`);
  const text = await answer.text();
  expect(answer.headers.get('content-type')).toContain('text/plain');
  expect(text).toContain(
    'latchkey_http_request_seconds_count{method="GET",route="/api/workflow/:workflowId",status="200"} 1',
  );
  expect(text).toContain('latchkey_runs{status="RUNNING"} 3');
  expect(text).toContain('latchkey_channels_open 2');
  expect((await fetch(`${address}/`)).status).toBe(404);
  expect((await fetch(`${address}/metrics`, { method: 'POST' })).status).toBe(404);
});

test('a figure that cannot be read is told, without details', async () => {
  const server = createMetricsListener(
    createMetrics({ runsByStatus: () => Promise.reject(new Error('secret')) }),
  );
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`);
  expect([answer.status, await answer.text()]).toEqual([500, 'The figures cannot be read now\n']);
});
