import { Metrics } from './metrics';

const bareMetrics = (): Metrics => new Metrics('stats-service', { withProcessMetrics: false });

it('prints what was counted, with the service as label', async () => {
  const metrics = bareMetrics();
  metrics.counter('groundswell_messages_total', 'messages', ['queue']).inc({ queue: 'a' }, 2);
  metrics.gauge('groundswell_backlog', 'waiting').set(7);
  metrics.histogram('groundswell_batch_seconds', 'time', [], [0.1, 1]).observe(0.5);
  const text = await metrics.text();
  expect(text).toContain('groundswell_messages_total{queue="a",service="stats-service"} 2');
  expect(text).toContain('groundswell_backlog{service="stats-service"} 7');
  expect(text).toContain('groundswell_batch_seconds_bucket{le="1",service="stats-service"} 1');
  expect(metrics.contentType).toMatch(/^text\/plain/);
});

it('gives the same metric for the same name', () => {
  const metrics = bareMetrics();
  const first = metrics.counter('groundswell_x_total', 'x', ['queue']);
  expect(metrics.counter('groundswell_x_total', 'x', ['queue'])).toBe(first);
});

it('refuses a foreign prefix, and one name for two kinds', () => {
  const metrics = bareMetrics();
  metrics.counter('groundswell_x_total', 'x');
  expect(() => metrics.gauge('groundswell_x_total', 'x')).toThrow(/another kind/);
  expect(() => metrics.counter('x_total', 'x')).toThrow(/must start with groundswell_/);
  expect(() => metrics.counter('proca_anything', 'x')).toThrow(/§8\.2/);
  metrics.counter('proca_email_sent', 'x');
});

it('keeps registries apart and brings process metrics', async () => {
  bareMetrics().counter('groundswell_x_total', 'x');
  const text = await new Metrics('other').text();
  expect(text).not.toContain('groundswell_x_total');
  expect(text).toContain('process_cpu_seconds_total');
});

it('shows known series as 0 before the first event', async () => {
  const metrics = bareMetrics();
  metrics.counter('groundswell_x_total', 'x', ['reason'], [{ reason: 'fault' }]);
  expect(await metrics.text()).toContain('groundswell_x_total{reason="fault",service="stats-service"} 0');
});

it('looks at what is in memory each time it is read', async () => {
  const metrics = bareMetrics();
  const gauge = metrics.gauge('groundswell_backlog', 'waiting');
  let waiting = 1;
  metrics.onScrape(() => gauge.set(waiting));
  expect(await metrics.text()).toContain('groundswell_backlog{service="stats-service"} 1');
  waiting = 5;
  expect(await metrics.text()).toContain('groundswell_backlog{service="stats-service"} 5');
});

it('once sealed knows what was declared, and refuses anything else', () => {
  const metrics = bareMetrics();
  metrics.histogram('groundswell_batch_seconds', 'time', ['consumer']);
  metrics.counter('groundswell_a_total', 'a');
  metrics.seal();
  expect(metrics.counter('groundswell_a_total', 'a')).toBeDefined();
  expect(() => metrics.gauge('groundswell_late', 'late')).toThrow(/not declared/);
  expect(metrics.described()).toEqual([
    { name: 'groundswell_a_total', kind: 'counter', help: 'a', labels: [] },
    { name: 'groundswell_batch_seconds', kind: 'histogram', help: 'time', labels: ['consumer'] },
  ]);
});
