import { Metrics } from '@groundswell/observability';
import { RequestMetrics } from './request-metrics';

it('counts by class of route and status, never by what stands in a path', async () => {
  const metrics = new Metrics('api-gateway', { withProcessMetrics: false });
  const requests = new RequestMetrics(metrics);
  requests.count('/api', 'POST', 200, 12);
  requests.count('/api/', 'POST', 204, 3);
  requests.count('/link/s/:actionId/:verb/:ref', 'GET', 302, 1);
  requests.count(undefined, 'BREW', 404, 1);
  const text = await metrics.text();
  const lines = text.split('\n').filter((line) => line.startsWith('groundswell_http_requests_total{'));
  expect(
    lines.map((line) => line.replace('groundswell_http_requests_total', '').replace(',service="api-gateway"', '')),
  ).toEqual([
    '{route="/api",method="POST",status="2xx"} 2',
    '{route="/link",method="GET",status="3xx"} 1',
    '{route="none",method="other",status="4xx"} 1',
  ]);
  expect(text).toContain('groundswell_http_request_seconds_bucket{le="0.01",service="api-gateway",route="/api"} 1');
});
