import { connect } from 'node:net';
import { Metrics } from './metrics';
import { MetricsServer } from './metrics-server';

const lines: string[] = [];
const logger = { info: () => undefined, warn: (_fields: object, text: string) => void lines.push(text) };
const servers: MetricsServer[] = [];

async function serve(port = 0): Promise<MetricsServer> {
  const metrics = new Metrics('api-gateway', { withProcessMetrics: false });
  metrics.counter('groundswell_x_total', 'x').inc(3);
  const server = new MetricsServer(metrics, { host: '127.0.0.1', port, logger });
  servers.push(server);
  await server.start();
  return server;
}

const get = (server: MetricsServer, path: string, method = 'GET') =>
  fetch(`http://127.0.0.1:${server.port}${path}`, { method });

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
  lines.length = 0;
});

it('serves what is counted, and nothing else', async () => {
  const server = await serve();
  const answer = await get(server, '/metrics');
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, expect.stringMatching(/^text\/plain/)]);
  expect(await answer.text()).toContain('groundswell_x_total{service="api-gateway"} 3');
  expect((await get(server, '/')).status).toBe(404);
  expect((await get(server, '/metrics', 'POST')).status).toBe(405);
});

it('warns of a port that is taken, and lives on', async () => {
  const first = await serve();
  const second = await serve(first.port!);
  expect([second.port, lines]).toEqual([null, ['metrics have no port of their own']]);
  expect((await get(first, '/metrics')).status).toBe(200);
});

it('ends connections that scrapers keep', async () => {
  const server = await serve();
  const scraper = connect(server.port!, '127.0.0.1').on('error', () => undefined);
  scraper.write('GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n');
  await new Promise((resolve) => scraper.once('data', resolve));
  const hasEnded = new Promise((resolve) => scraper.resume().once('close', resolve));
  await server.stop();
  await hasEnded;
});
