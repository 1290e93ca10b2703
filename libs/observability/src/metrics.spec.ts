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
});

it('keeps registries apart and brings process metrics', async () => {
  bareMetrics().counter('groundswell_x_total', 'x');
  const text = await new Metrics('other').text();
  expect(text).not.toContain('groundswell_x_total');
  expect(text).toContain('process_cpu_seconds_total');
});
