import { Metrics } from './metrics';
import { Tally } from './tally';

it('shows at each look what was counted until then, and what was not yet as 0', async () => {
  const metrics = new Metrics('api-gateway', { withProcessMetrics: false });
  const tally = new Tally(metrics, metrics.counter('groundswell_x_total', 'x', ['path', 'status']));
  const often = tally.slot({ path: '/api', status: '2xx' });
  tally.slot({ path: '/api', status: '5xx' });
  often.count += 3;
  await metrics.text();
  tally.slot({ path: '/api', status: '2xx' }).count += 2;
  const text = await metrics.text();
  expect(text).toContain('groundswell_x_total{path="/api",status="2xx",service="api-gateway"} 5');
  expect(text).toContain('groundswell_x_total{path="/api",status="5xx",service="api-gateway"} 0');
});
