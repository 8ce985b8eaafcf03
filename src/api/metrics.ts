/** Figures for operators, on a listener of their own. Labels are routes and states: no names, no ids, no secrets. */
import { createServer, type Server } from 'node:http';
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export interface MetricsSources {
  /** Live runs by status, asked at each scrape. */
  runsByStatus?: () => Promise<Record<string, number>>;
  /** Open channels to clusters. */
  openChannels?: () => number;
}

export interface Metrics {
  registry: Registry;
  /** One answered request. `route` is the pattern, never the address. */
  requestAnswered(method: string, route: string, status: number, seconds: number): void;
}

export const createMetrics = ({ runsByStatus, openChannels }: MetricsSources = {}): Metrics => {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'latchkey_' });
  const requests = new Histogram({
    name: 'latchkey_http_request_seconds',
    help: 'Answered requests by route and status',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10],
    registers: [registry],
  });
  if (runsByStatus)
    new Gauge({
      name: 'latchkey_runs',
      help: 'Runs by status',
      labelNames: ['status'],
      registers: [registry],
      async collect() {
        this.reset();
        for (const [status, count] of Object.entries(await runsByStatus())) this.set({ status }, count);
      },
    });
  if (openChannels)
    new Gauge({
      name: 'latchkey_channels_open',
      help: 'Open channels to clusters',
      registers: [registry],
      collect() {
        this.set(openChannels());
      },
    });
  return {
    registry,
    requestAnswered: (method, route, status, seconds) =>
      requests.observe({ method, route, status: String(status) }, seconds),
  };
};

/** Answers `GET /metrics` and nothing else. Not listening yet. */
export const createMetricsListener = ({ registry }: Metrics): Server =>
  createServer((request, response) => {
    if (request.method !== 'GET' || request.url?.split('?')[0] !== '/metrics') {
      response
        .writeHead(404, { 'content-type': 'text/plain; charset=utf-8' })
        .end('Only GET /metrics is here\n');
      return;
    }
    registry.metrics().then(
      (text) => response.writeHead(200, { 'content-type': registry.contentType }).end(text),
      () =>
        response
          .writeHead(500, { 'content-type': 'text/plain; charset=utf-8' })
          .end('The figures cannot be read now\n'),
    );
  });
